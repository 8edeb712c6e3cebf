using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Stellar.Schema;

/// <summary>The migrations that make the five history tables, built into this assembly from the folder <c>schema/history</c>.</summary>
/// <remarks>
/// Under wallet-backend's file names, tracked where its tool looks: it takes them as they are. In a database with TimescaleDB 2.18 or newer
/// they make hypertables with wallet-backend's options, else plain tables. They are no part of <see cref="WalletSchema"/>, so that a load
/// of a checkpoint leaves open which of the two it will be.
/// </remarks>
public static class HistorySchema
{
    /// <summary>The files.</summary>
    public static MigrationSet Migrations { get; } =
        new(MigrationSource.FromEmbeddedResources(typeof(HistorySchema).Assembly, "schema/history/"));
}
