using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Stellar.Schema;

/// <summary>
/// The migrations that make the bookkeeping of backfills, built into this assembly from the folder <c>schema/backfill</c>.
/// </summary>
/// <remarks>wallet-backend does not know these tables, so they are tracked apart from its own.</remarks>
public static class BackfillSchema
{
    /// <summary>The files.</summary>
    public static MigrationSet Migrations { get; } = new(
        MigrationSource.FromEmbeddedResources(typeof(BackfillSchema).Assembly, "schema/backfill/"), WalletSchema.ExtraTrackingTable);
}
