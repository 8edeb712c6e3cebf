using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Cli.Bench;

/// <summary>
/// The rungs of <c>backfill</c>: each adds one part of the job; the last ones run the whole job into tables of several kinds.
/// </summary>
/// <param name="Store">Where the ledgers are.</param>
/// <param name="Network">Their network.</param>
/// <param name="Range">The ledgers to read.</param>
/// <param name="NewSchemaAsync">Creates an empty schema.</param>
internal sealed record BackfillLadder(
    LedgerStore Store, StellarNetwork Network, LedgerSpan Range, Func<CancellationToken, Task<BenchSchema>> NewSchemaAsync)
{
    private const long BudgetBytes = 128L << 20;

    private const string SecondaryIndexes =
        """
        SELECT format('%I.%I', n.nspname, i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
          JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE n.nspname = $1 AND NOT x.indisunique AND t.relname NOT LIKE 'backfill%'
        """;

    private static readonly int Workers = Environment.ProcessorCount;

    private LedgerRange Ledgers => new(Range.First, Range.Last);

    /// <summary>The rungs.</summary>
    /// <param name="connections">Numbers of connections for the last rungs.</param>
    /// <param name="hasHypertables">Whether the history tables are hypertables in this database.</param>
    public IReadOnlyList<BenchRung> Rungs(IReadOnlyList<int> connections, bool hasHypertables)
    {
        var rungs = new List<BenchRung>
        {
            BenchLadder.Client("fetch", "the stored objects, read to their ends", FetchAsync),
            BenchLadder.Client("decompress", "zstd or gzip, split into ledgers", token => ReadAsync(static (_, _) => { }, token)),
            BenchLadder.Client(
                "decode", "walking every ledger once, on one thread",
                token => ReadAsync(static (reader, ledger) => reader.Read(ledger.Span), token)),
            BenchLadder.Client("prove", "decode, on all processors, with hashes of headers, sets, results and their chain", ProveAsync),
            BenchLadder.Client("project", "decode, derive and encode on all processors, without proof; the rows are dropped", ProjectAsync),
            Server("send to nothing", "project, in a transaction, with batches that are counted and dropped", NothingAsync),
            Job(
                "unlogged, no indexes", "the whole job with proof; only primary keys, no write-ahead log", 1, isPlain: true,
                "SET UNLOGGED", hasIndexes: false),
            Job("plain, no indexes", "the write-ahead log", 1, isPlain: true, null, hasIndexes: false),
        };
        rungs.AddRange(connections.Select(number => Job(
            Named("plain", number), number == connections[0] ? "the secondary indexes" : "connections", number, isPlain: true, null,
            hasIndexes: true)));
        rungs.Add(Job(
            "plain, filled beside", "rows first, indexes afterwards, 2 connections", 2, isPlain: true, null, hasIndexes: true,
            BackfillFill.Beside));
        if (!hasHypertables) return rungs;
        rungs.Add(Job("hypertables, no indexes", "chunks instead of plain tables", 1, isPlain: false, null, hasIndexes: false));
        rungs.AddRange(connections.Select(number => Job(
            Named("hypertables", number), number == connections[0] ? "the secondary indexes" : "connections", number, isPlain: false, null,
            hasIndexes: true)));
        rungs.Add(Job(
            "hypertables, filled beside", "whole chunks, indexes afterwards, 2 connections", 2, isPlain: false, null, hasIndexes: true,
            BackfillFill.Beside));
        return rungs;
    }

    private static string Named(string name, int connections) =>
        FormattableString.Invariant($"{name}, {connections} connection{(connections == 1 ? "" : "s")}");

    private BenchRung Server(string name, string adds, Func<NpgsqlDataSource, CancellationToken, Task<(long, long)>> work) => new(
        name, adds, IsServer: false, async token =>
        {
            await using BenchSchema schema = await NewSchemaAsync(token);
            await MigrateAsync(schema, token);
            return await BenchLadder.TimeAsync(() => work(schema.DataSource, token));
        });

    private BenchRung Job(
        string name, string adds, int connections, bool isPlain, string? change, bool hasIndexes,
        BackfillFill fill = BackfillFill.InPlace) => new(
        name, adds, IsServer: true, async token =>
        {
            await using BenchSchema schema = await NewSchemaAsync(token);
            await MigrateAsync(schema, token);
            if (isPlain) await MakePlainAsync(schema, token);
            if (!hasIndexes)
            {
                foreach (string index in await schema.NamesAsync(SecondaryIndexes, token))
                    await schema.ExecuteAsync($"DROP INDEX {index}", token);
            }

            foreach (CopyTable table in HistoryTables.All.Where(_ => change is not null))
                await schema.ExecuteAsync($"ALTER TABLE {{schema}}.{CopyTable.Quote(table.Name)} {change}", token);
            return await BenchLadder.TimeAsync(() => LoadAsync(schema.DataSource, connections, fill, token));
        });

    private async Task<(long, long)> FetchAsync(CancellationToken cancellationToken)
    {
        long objects = 0;
        for (ulong ledger = Store.Layout.FirstOf(Range.First); ledger <= Range.Last; ledger += Store.Layout.LedgersPerObject)
        {
            await Store.SkimAsync((uint)ledger, cancellationToken);
            objects++;
        }

        return (Range.Count, 0);
    }

    private async Task<(long, long)> ReadAsync(Action<LedgerReader, LedgerBuffer> use, CancellationToken cancellationToken)
    {
        long ledgers = 0;
        var reader = new LedgerReader(Network.Id);
        await foreach (LedgerBuffer ledger in Store.ReadAsync(Ledgers, cancellationToken))
        {
            using (ledger) use(reader, ledger);
            ledgers++;
        }

        return (ledgers, 0);
    }

    private async Task<(long, long)> ProveAsync(CancellationToken cancellationToken)
    {
        LedgerProof? proof = await new LedgerProver(Network.Id) { Workers = Workers }.ProveAsync(
            Store, Ledgers, cancellationToken: cancellationToken);
        return (proof!.Last - proof.First + 1L, 0);
    }

    private async Task<(long, long)> ProjectAsync(CancellationToken cancellationToken)
    {
        var sink = new PageSink(null, null);
        long ledgers = await ProjectAsync(sink, new ByteBudget(long.MaxValue), cancellationToken);
        await sink.EndAsync([]);
        return (ledgers, sink.Rows);
    }

    private async Task<(long, long)> NothingAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var budget = new ByteBudget(BudgetBytes);
        var request = new LoadRequest
        {
            Tables = HistoryTables.All,
            Writers = HistoryTables.All.ToDictionary(table => table, _ => RowWriterKind.Null),
        };
        await using BulkLoad load =
            await BulkLoad.OpenAsync(database, request, new LoadOptions { Budget = budget }, cancellationToken);
        long ledgers = await ProjectAsync(load, budget, cancellationToken);
        LoadResult result = await load.CommitAsync(cancellationToken);
        return (ledgers, result.Tables.Sum(table => table.Rows));
    }

    private async Task<long> ProjectAsync(IGraphEnd<RowPage> end, ByteBudget budget, CancellationToken cancellationToken)
    {
        long ledgers = 0;
        using var history = new HistoryTablesProjection(Network);
        using var projector = new LedgerProjector(Network, [history], new PagePool());
        using var graph = new StageGraph(null, budget, NullLogger.Instance);
        StageOutput<LedgerBytes> read = graph.AddSource<LedgerBytes>("read", async (output, token) =>
        {
            await foreach (LedgerBuffer ledger in Store.ReadAsync(Ledgers, token))
                await output.SendAsync(await LedgerBytes.TakeAsync(budget, ledger, token));
        });
        (StageInput<LedgerBytes> input, StageOutput<LedgerRows> projected) = projector.AddTo(graph, Workers);
        (StageInput<LedgerRows> rows, StageOutput<RowPage> pages) =
            graph.AddStage<LedgerRows, RowPage>("send", 2, async (ledger, output, _) =>
            {
                ledgers++;
                foreach (RowPage page in ledger.TakePages()) await output.SendAsync(page);
            });
        graph.Link(read, input);
        graph.Link(projected, rows);
        graph.Link(pages, end);
        await graph.RunAsync(cancellationToken);
        return ledgers;
    }

    private async Task<(long, long)> LoadAsync(
        NpgsqlDataSource database, int connections, BackfillFill fill, CancellationToken cancellationToken)
    {
        var options = new BackfillOptions
        {
            Network = Network,
            From = Range.First,
            To = Range.Last,
            Connections = connections,
            Fill = fill,
            Migrate = false,
            ProgramVersion = Product.UserAgent,
        };
        BackfillReport report =
            await new BackfillJob(Store, database, options, NullLoggerFactory.Instance).RunAsync(null, cancellationToken);
        return (report.Ledgers.Loaded, report.Tables.Sum(table => table.Rows));
    }

    private static async Task MigrateAsync(BenchSchema schema, CancellationToken cancellationToken)
    {
        MigrationSet[] sets = [HistorySchema.Migrations, BackfillSchema.Migrations];
        await new MigrationRunner(schema.DataSource, sets, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync(
            null, cancellationToken);
    }

    // With the extension, the migrations create hypertables.
    private static async Task MakePlainAsync(BenchSchema schema, CancellationToken cancellationToken)
    {
        foreach (CopyTable table in HistoryTables.All)
        {
            string name = CopyTable.Quote(table.Name);
            await schema.ExecuteAsync(
                $"""
                CREATE TABLE {"{schema}"}.plain (LIKE {"{schema}"}.{name} INCLUDING ALL);
                DROP TABLE {"{schema}"}.{name};
                ALTER TABLE {"{schema}"}.plain RENAME TO {name};
                """, cancellationToken);
        }
    }
}
