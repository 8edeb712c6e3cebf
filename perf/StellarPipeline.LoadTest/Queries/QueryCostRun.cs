using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Results;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.LoadTest.Queries;

/// <summary>Fills the tables once for each way to store them, and measures the queries cold and warm.</summary>
/// <param name="options">Number of runs, server, results.</param>
/// <param name="data">The rows.</param>
/// <param name="accounts">Number of accounts of the rows.</param>
/// <param name="limit">Most time for the queries of one kind of table, cold and warm each.</param>
/// <param name="kinds">The kinds of tables that are measured: <see cref="Plain"/>, <see cref="Compressed"/> or both.</param>
internal sealed class QueryCostRun(CostOptions options, QueryCostData data, int accounts, TimeSpan limit, IReadOnlyList<string> kinds)
{
    /// <summary>Plain tables.</summary>
    public const string Plain = "plain";

    /// <summary>Hypertables with all chunks in the columnstore.</summary>
    public const string Compressed = "compressed";

    /// <summary>Every kind.</summary>
    public static readonly string[] Kinds = [Plain, Compressed];

    private const int SlowQuestions = 5;
    private const int ColdShare = 5;
    private const string Extension = "timescaledb";

    private readonly List<string> lines = [];
    private readonly QueryCostState state = new(accounts);

    /// <summary>Measures all queries.</summary>
    public async Task RunAsync(TextWriter log, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string before = CostFacts.LoadAverage() ?? "unknown";
        (CostServer opened, bool canCompress) = await OpenAsync(cancellationToken);
        await using CostServer server = opened;
        var machine = MachineFacts.Read(server.DataDirectory ?? AppContext.BaseDirectory);
        if (kinds.Contains(Plain)) await MeasureAsync(server, Plain, log, cancellationToken);
        if (canCompress && kinds.Contains(Compressed)) await MeasureAsync(server, Compressed, log, cancellationToken);
        if (!canCompress) await log.WriteLineAsync("The server has no TimescaleDB: only plain tables were measured.");
        string section = string.Join('\n',
        [
            FormattableString.Invariant($"## {started:yyyy-MM-dd HH:mm} UTC, commit {Checkout.Commit()}"), "",
            string.Create(CultureInfo.InvariantCulture,
                $"- Machine: {machine.Cpu}, {machine.Cores} cores; load averages before {before}, after "
                    + $"{CostFacts.LoadAverage() ?? "unknown"}. {options.Note}"),
            string.Create(CultureInfo.InvariantCulture,
                $"- {data.Transactions:N0} transactions, {2 * data.Transactions:N0} operations, {5 * data.Transactions:N0} state changes "
                    + $"of {accounts:N0} accounts; pages of 50, one at a time on one connection over a Unix socket. Compressed: "
                    + $"hypertables in chunks of a day, every chunk in the columnstore with wallet-backend's order and segments; tables of "
                    + $"the current state are plain in any case, so they are measured once."),
            string.Create(CultureInfo.InvariantCulture,
                $"- Up to {options.Rounds:N0} runs of each query with warm tables, and {Math.Max(1, options.Rounds / ColdShare):N0} just "
                    + $"after a restart of the server (its memory is empty, the system's file cache is not), interleaved, each for a "
                    + $"random place, each query for its share of {limit.TotalSeconds:N0} s; {SlowQuestions} runs of the forms that read "
                    + $"a whole table."), "",
            "| query | shape | tables | pages touched, median | cold ms, median | cold, 99 of 100 below | warm ms, median | warm, 99 of "
                + "100 below | questions |",
            "|---|---|---|---|---|---|---|---|---|",
            .. lines, "",
        ]);
        await ResultFile.TellAsync(
            log, options.ResultsDirectory, machine, "-queries.md", "What queries cost", started, section, cancellationToken);
    }

    /// <summary>Starts a server with TimescaleDB if it is installed.</summary>
    private async Task<(CostServer Server, bool CanCompress)> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await CostServer.OpenAsync(options, cancellationToken, Extension), true);
        }
        catch (EmbeddedServerException)
        {
            // TimescaleDB is not installed.
            return (await CostServer.OpenAsync(options, cancellationToken, library: ""), false);
        }
    }

    private async Task MeasureAsync(CostServer server, string storage, TextWriter log, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        bool isCompressed = storage == Compressed;
        await using (NpgsqlDataSource database = await server.NewDatabaseAsync(withForeignKey: true, cancellationToken))
        {
            if (isCompressed) await CostServer.ScalarAsync(database, $"CREATE EXTENSION {Extension}", cancellationToken);
        }

        await using (NpgsqlDataSource database = server.Connect())
        {
            await new MigrationRunner(database, [.. WalletSchema.Migrations, HistorySchema.Migrations], new MigrationRunnerOptions(),
                NullLogger.Instance).UpAsync(null, cancellationToken);
            await data.FillAsync(database, cancellationToken);
            await state.FillAsync(database, cancellationToken);
            if (isCompressed)
            {
                await CostServer.ScalarAsync(
                    database,
                    "SELECT count(compress_chunk(c)) FROM unnest(ARRAY['transactions', 'transactions_accounts', 'operations', "
                        + "'operations_accounts', 'state_changes']) AS t, show_chunks(t::regclass) AS c", cancellationToken);
                await CostServer.ScalarAsync(database, "VACUUM ANALYZE", cancellationToken);
            }
        }

        await log.WriteLineAsync(FormattableString.Invariant(
            $"{storage}: tables filled in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s"));
        await server.RestartAsync(cancellationToken);
        await using NpgsqlDataSource asked = server.Connect();
        await using NpgsqlConnection connection = await asked.OpenConnectionAsync(cancellationToken);
        IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> cases =
            [.. QueryCostCases.Of(connection, data, accounts), .. isCompressed ? [] : state.Cases(connection)];
        IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> slow = QueryCostCases.Slow(connection, data);
        List<double>[] cold = await AskAsync([.. cases, .. slow], Math.Max(1, options.Rounds / ColdShare), 0, cancellationToken);
        List<double>[] warm = await AskAsync(cases, options.Rounds, 1_000, cancellationToken);
        List<double>[] warmSlow = await AskAsync(slow, SlowQuestions, 1_000, cancellationToken);
        double[] blocks = await BlocksAsync(connection, [.. cases, .. slow], cancellationToken);
        for (int index = 0; index < cases.Count + slow.Count; index++)
        {
            bool isSlow = index >= cases.Count;
            (string name, string shape, _) = isSlow ? slow[index - cases.Count] : cases[index];
            lines.Add(Line(name, shape, storage, blocks[index], cold[index], isSlow ? warmSlow[index - cases.Count] : warm[index]));
        }

        await log.WriteLineAsync(FormattableString.Invariant(
            $"{storage}: queries measured, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s in total"));
    }

    /// <summary>Runs all queries in turn, each until its number of runs is reached or its share of the time is used up.</summary>
    /// <param name="cases">The queries.</param>
    /// <param name="questions">The number of runs of each.</param>
    /// <param name="seed">The first seed of the random places; warm and cold runs have different ones.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    private async Task<List<double>[]> AskAsync(
        IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> cases, int questions, int seed,
        CancellationToken cancellationToken)
    {
        List<double>[] times = [.. cases.Select(_ => new List<double>())];
        double share = limit.TotalMilliseconds / cases.Count;
        for (int question = 0; question < questions; question++)
        {
            for (int index = 0; index < cases.Count; index++)
            {
                // A slow query does not reduce the runs of the fast ones.
                if (times[index].Sum() >= share) continue;
                cancellationToken.ThrowIfCancellationRequested();
                long began = Stopwatch.GetTimestamp();
                await cases[index].Ask(new Random(seed + question));
                times[index].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        return times;
    }

    /// <summary>The pages of tables and indexes that each query touches, which do not depend on the load of the machine.</summary>
    private static async Task<double[]> BlocksAsync(
        NpgsqlConnection connection, IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> cases,
        CancellationToken cancellationToken)
    {
        double[] medians = new double[cases.Count];
        for (int index = 0; index < cases.Count; index++)
        {
            var counts = new List<double>();
            for (int question = 0; question < SlowQuestions; question++)
            {
                await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);

                // The counters may include earlier work that is not yet in the server's statistics; the difference is the query's.
                double before = await CountBlocksAsync(connection, cancellationToken);
                await cases[index].Ask(new Random(question));
                counts.Add(await CountBlocksAsync(connection, cancellationToken) - before);
                await transaction.RollbackAsync(cancellationToken);
            }

            medians[index] = Statistics.Of(counts).Median;
        }

        return medians;
    }

    private static async Task<double> CountBlocksAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT coalesce(sum(pg_stat_get_xact_blocks_fetched(c.oid)), 0)::float8 FROM pg_class c JOIN pg_namespace n ON n.oid = "
                + "c.relnamespace WHERE n.nspname IN ('public', '_timescaledb_internal') AND c.relkind IN ('r', 'i')", connection);
        return (double)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static string Line(string name, string shape, string storage, double blocks, List<double> cold, List<double> warm) =>
        string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {shape} | {storage} | {blocks:N0} | {Below(cold, 0.5):F2} | {Below(cold, 0.99):F2} | {Below(warm, 0.5):F2} | "
                + $"{Below(warm, 0.99):F2} | {cold.Count} + {warm.Count} |");

    private static double Below(List<double> milliseconds, double share)
    {
        double[] sorted = [.. milliseconds.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }
}
