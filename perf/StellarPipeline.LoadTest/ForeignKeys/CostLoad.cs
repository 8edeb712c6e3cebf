using System.Diagnostics;
using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>Measures one load into its own database, and checks the rows and constraints afterwards.</summary>
internal sealed class CostLoad(CostServer server, PagePool pool)
{
    /// <summary>Loads once.</summary>
    /// <exception cref="LoadTestException">The tables do not have the rows that were sent.</exception>
    public async Task<CostMeasurement> MeasureAsync(CostVariant variant, int children, CancellationToken cancellationToken)
    {
        NpgsqlDataSource connections = await server.NewDatabaseAsync(variant.Options is not null, cancellationToken);
        await using (connections)
        {
            // Not timed, so that only the server's work is measured.
            IReadOnlyList<RowBatch> batches = CostTables.Encode(children, variant.ParentsFirst, pool);
            try
            {
                string position = await server.WalPositionAsync(cancellationToken);
                CostMeasurement measured = await LoadAsync(connections, variant, batches, cancellationToken);
                measured = measured with { WalBytes = await server.WalBytesSinceAsync(position, cancellationToken) };
                await VerifyAsync(connections, variant, children, cancellationToken);
                return measured;
            }
            finally
            {
                foreach (RowBatch batch in batches) batch.Dispose();
            }
        }
    }

    private async Task<CostMeasurement> LoadAsync(
        NpgsqlDataSource connections, CostVariant variant, IReadOnlyList<RowBatch> batches, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        await using LoadTransaction load = await LoadTransaction.OpenAsync(connections, null, cancellationToken);
        await using var usage = SessionUsage.Of(load.BackendProcessId, server.Database);
        ForeignKeyLoad? keys = null;
        if (variant.Options is { } options)
        {
            keys =
                await ForeignKeyLoad.PrepareAsync(load.Connection, [load.Resolve(CostTables.Parents).QualifiedName,
                    load.Resolve(CostTables.Children).QualifiedName], options, null, cancellationToken);
            await keys.Strategy.BeforeLoadAsync(load.Connection, cancellationToken);
        }

        long prepared = Stopwatch.GetTimestamp();
        var sink = new CopySink(load);
        foreach (RowBatch batch in batches)
        {
            if (keys is not null)
                await keys.Strategy.BeforeBatchAsync(load.Connection, new QualifiedName("public", batch.Table.Name), cancellationToken);
            await sink.CopyAsync(batch, cancellationToken);
        }

        await sink.CompleteAsync(cancellationToken);
        long copied = Stopwatch.GetTimestamp();
        if (keys is not null) await keys.Strategy.AfterLoadAsync(load.Connection, cancellationToken);
        long proved = Stopwatch.GetTimestamp();
        await load.CommitAsync();
        long committed = Stopwatch.GetTimestamp();
        if (usage is not null) await usage.DisposeAsync();
        return new CostMeasurement(Seconds(started, prepared), Seconds(prepared, copied), Seconds(copied, proved),
            Seconds(proved, committed), 0, usage?.CpuSeconds, usage?.PeakBytes);
    }

    private static async Task VerifyAsync(
        NpgsqlDataSource connections, CostVariant variant, int children, CancellationToken cancellationToken)
    {
        const string Query = """
            SELECT (SELECT count(*) FROM parents), (SELECT count(*) FROM children),
                   (SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conrelid IN ('parents'::regclass, 'children'::regclass)),
                   (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid = 'children'::regclass)
            """;
        (long, long, long, long) expected = (CostTables.ParentRows, children, 2, variant.Options is null ? 0 : 1);
        await using NpgsqlCommand command = connections.CreateCommand(Query);
        command.CommandTimeout = 0;
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        (long, long, long, long) found = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
        if (found != expected)
        {
            throw LoadTestException.Failed(
                string.Create(CultureInfo.InvariantCulture,
                    $"After {variant.Name}, (parents, children, primary keys, valid foreign keys) are {found}; expected: {expected}. "
                            + $"The load lost rows or keys. This is a bug: please report it with this message."));
        }
    }

    private static double Seconds(long from, long until) => Stopwatch.GetElapsedTime(from, until).TotalSeconds;
}
