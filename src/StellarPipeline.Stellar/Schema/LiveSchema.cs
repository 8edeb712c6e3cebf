using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Stellar.Schema;

/// <summary>The migrations for the bookkeeping of live ingestion, embedded in this assembly from the folder <c>schema/live</c>.</summary>
/// <remarks>wallet-backend does not know these tables, so their migrations are tracked separately from its own.</remarks>
public static class LiveSchema
{
    /// <summary>The files.</summary>
    public static MigrationSet Migrations { get; } =
        new(MigrationSource.FromEmbeddedResources(typeof(LiveSchema).Assembly, "schema/live/"), WalletSchema.ExtraTrackingTable);
}
