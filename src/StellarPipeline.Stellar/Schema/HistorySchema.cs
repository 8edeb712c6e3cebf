using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Stellar.Schema;

/// <summary>The migrations that make the five history tables as plain tables, built into this assembly from the folder
/// <c>schema/history</c>.</summary>
/// <remarks>
/// Under wallet-backend's file names, tracked where its tool looks: it takes them as they are. They are no part of
/// <see cref="WalletSchema"/>, so that a load of a checkpoint leaves the way open to hypertables, which wallet-backend's own files make. In
/// a database with TimescaleDB they are refused.
/// </remarks>
public static class HistorySchema
{
    /// <summary>The files.</summary>
    public static MigrationSet Migrations { get; } =
        new(MigrationSource.FromEmbeddedResources(typeof(HistorySchema).Assembly, "schema/history/"));
}
