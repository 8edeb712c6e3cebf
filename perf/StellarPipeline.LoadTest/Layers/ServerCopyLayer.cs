using System.Diagnostics;
using Npgsql;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Server;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The server itself reads the row files, in one transaction and without client work.</summary>
internal sealed class ServerCopyLayer(string name, string description, KeyHandling keys, bool shuffled = false) : DatabaseLayer
{
    // Enough to sort the keys of ten million rows in memory; the same value as in the published measurements.
    private const string RebuildMemory = "SET LOCAL maintenance_work_mem = '1GB'";
    private TableKeys? dropped;

    public override string Name => name;

    public override LayerGroup Group => LayerGroup.Copy;

    public override string Description => description;

    protected override bool KeepsKeys => keys is not (KeyHandling.None or KeyHandling.NoneUnlogged);

    public override async ValueTask<string?> ObstacleAsync(LayerContext context, CancellationToken cancellationToken) =>
        await context.Server.CannotReplicateAsync(cancellationToken)
            ?? await context.Server.CannotReadAsync(FileOf(context.Dataset, RowOrder.Tables[0]), cancellationToken);

    protected override async Task PrepareAsync(LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        if (keys is KeyHandling.Kept or KeyHandling.KeptTruncated) return;
        dropped = await TableKeys.ReadAsync(connections, cancellationToken);
        if (keys == KeyHandling.Rebuilt) return;
        await using NpgsqlConnection connection = await connections.OpenConnectionAsync(cancellationToken);
        await RunAsync(connection, dropped.Drop, cancellationToken);
        if (keys == KeyHandling.NoneUnlogged)
        {
            await RunAsync(
                connection, RowOrder.Tables.Select(table => $"ALTER TABLE {table.QualifiedName} SET UNLOGGED"), cancellationToken);
        }
    }

    protected override async Task<Measurement> LoadAsync(
        LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await connections.OpenConnectionAsync(cancellationToken);
        var steps = new List<KeyValuePair<string, double>>();
        var meter = Meter.Start();
        await RunAsync(connection, ["BEGIN", "SET LOCAL session_replication_role = replica"], cancellationToken);
        if (keys == KeyHandling.Rebuilt) await TimeAsync("drop", [RebuildMemory, .. dropped!.Drop]);
        if (keys == KeyHandling.KeptTruncated)
            await TimeAsync("truncate", [$"TRUNCATE {string.Join(", ", RowOrder.Tables.Select(table => table.QualifiedName))} CASCADE"]);
        foreach (CopyTable table in RowOrder.Tables)
        {
            await TimeAsync(
                table.Name,
                [$"COPY {table.QualifiedName} ({table.ColumnList}) FROM "
                    + $"'{FileOf(context.Dataset, table).Replace("'", "''", StringComparison.Ordinal)}' (FORMAT binary)"]);
        }

        if (keys == KeyHandling.Rebuilt) await TimeAsync("rebuild", dropped!.Create);
        await TimeAsync("commit", ["COMMIT"]);
        return meter.Stop() with { Bytes = context.Dataset.Facts.RowBytes, Items = context.Dataset.Facts.Rows, Steps = steps };

        async Task TimeAsync(string step, IEnumerable<string> statements)
        {
            long began = Stopwatch.GetTimestamp();
            await RunAsync(connection, statements, cancellationToken);
            steps.Add(new(step, Stopwatch.GetElapsedTime(began).TotalSeconds));
        }
    }

    private string FileOf(Dataset dataset, CopyTable table) => shuffled ? dataset.ShuffledRowFile(table.Name) : dataset.RowFile(table.Name);

    private static async Task RunAsync(NpgsqlConnection connection, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        foreach (string statement in statements)
        {
#pragma warning disable CA2100 // Only constants, statements from the catalogue and escaped literals.
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
