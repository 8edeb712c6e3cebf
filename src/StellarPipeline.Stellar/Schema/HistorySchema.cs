using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Stellar.Schema;

/// <summary>The migrations for the five history tables, embedded in this assembly from the folder <c>schema/history</c>.</summary>
/// <remarks>
/// They have wallet-backend's file names and are tracked in its table, so its migration tool accepts them. In a database with TimescaleDB
/// 2.18 or newer they create hypertables with wallet-backend's options, else plain tables. They are not part of
/// <see cref="WalletSchema"/>, so that a checkpoint load does not decide between the two.
/// </remarks>
public static class HistorySchema
{
    /// <summary>The files.</summary>
    public static MigrationSet Migrations { get; } =
        new(MigrationSource.FromEmbeddedResources(typeof(HistorySchema).Assembly, "schema/history/"));
}
