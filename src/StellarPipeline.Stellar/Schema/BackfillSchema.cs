using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Stellar.Schema;

/// <summary>The migrations for the bookkeeping of backfills, embedded in this assembly from the folder <c>schema/backfill</c>.</summary>
/// <remarks>wallet-backend does not know these tables, so their migrations are tracked separately from its own.</remarks>
public static class BackfillSchema
{
    /// <summary>The files.</summary>
    public static MigrationSet Migrations { get; } = new(
        MigrationSource.FromEmbeddedResources(typeof(BackfillSchema).Assembly, "schema/backfill/"), WalletSchema.ExtraTrackingTable);
}
