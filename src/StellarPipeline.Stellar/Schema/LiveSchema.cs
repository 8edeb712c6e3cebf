using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Stellar.Schema;

/// <summary>
/// The migrations that make the bookkeeping of live ingestion, built into this assembly from the folder <c>schema/live</c>.
/// </summary>
/// <remarks>wallet-backend does not know these tables, so they are tracked apart from its own.</remarks>
public static class LiveSchema
{
    /// <summary>The files.</summary>
    public static MigrationSet Migrations { get; } =
        new(MigrationSource.FromEmbeddedResources(typeof(LiveSchema).Assembly, "schema/live/"), WalletSchema.ExtraTrackingTable);
}
