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

/// <summary>Fills the tables once for each way to store them, and asks each of them cold and warm.</summary>
/// <param name="options">Questions, server, results.</param>
/// <param name="data">The rows.</param>
/// <param name="accounts">Accounts that they belong to.</param>
/// <param name="limit">The longest that the questions of one kind of table may take, cold and warm each.</param>
/// <param name="withPlain">Whether plain tables are measured, too, or compressed ones alone.</param>
internal sealed class QueryCostRun(CostOptions options, QueryCostData data, int accounts, TimeSpan limit, bool withPlain)
{
    private const int SlowQuestions = 5;
    private const int ColdShare = 5;
    private const string Extension = "timescaledb";

    private readonly List<string> lines = [];

    /// <summary>Measures.</summary>
    public async Task RunAsync(TextWriter log, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string before = CostFacts.LoadAverage() ?? "unknown";
        (CostServer opened, bool canCompress) = await OpenAsync(cancellationToken);
        await using CostServer server = opened;
        var machine = MachineFacts.Read(server.DataDirectory ?? AppContext.BaseDirectory);
        if (withPlain) await MeasureAsync(server, "plain", log, cancellationToken);
        if (canCompress) await MeasureAsync(server, "compressed", log, cancellationToken);
        else await log.WriteLineAsync("The server has no TimescaleDB: only plain tables were measured.");
        string section = string.Join('\n',
        [
            FormattableString.Invariant($"## {started:yyyy-MM-dd HH:mm} UTC, commit {Checkout.Commit()}"), "",
            string.Create(CultureInfo.InvariantCulture,
                $"- Machine: {machine.Cpu}, {machine.Cores} cores; load averages before {before}, after "
                    + $"{CostFacts.LoadAverage() ?? "unknown"}. {options.Note}"),
            string.Create(CultureInfo.InvariantCulture,
                $"- {data.Transactions:N0} transactions, {2 * data.Transactions:N0} operations, {5 * data.Transactions:N0} state changes "
                    + $"of {accounts:N0} accounts; pages of 50, one at a time on one connection over a Unix socket. Compressed: "
                    + $"hypertables in chunks of a day, every chunk in the columnstore with wallet-backend's order and segments."),
            string.Create(CultureInfo.InvariantCulture,
                $"- Up to {options.Rounds:N0} questions of each kind to warm tables and {Math.Max(1, options.Rounds / ColdShare):N0} just "
                    + $"after a restart of the server (its memory is empty, the file cache of the system is not), interleaved, each about "
                    + $"a random place, each kind for its share of {limit.TotalSeconds:N0} s; {SlowQuestions} of the shapes that read a "
                    + $"whole table."), "",
            "| query | shape | tables | pages touched, median | cold ms, median | cold, 99 of 100 below | warm ms, median | warm, 99 of "
                + "100 below | questions |",
            "|---|---|---|---|---|---|---|---|---|",
            .. lines, "",
        ]);
        await ResultFile.TellAsync(
            log, options.ResultsDirectory, machine, "-queries.md", "What queries cost", started, section, cancellationToken);
    }

    /// <summary>A server that loads TimescaleDB where it is installed.</summary>
    private async Task<(CostServer Server, bool CanCompress)> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await CostServer.OpenAsync(options, cancellationToken, Extension), true);
        }
        catch (EmbeddedServerException)
        {
            // There is no such library.
            return (await CostServer.OpenAsync(options, cancellationToken, library: ""), false);
        }
    }

    private async Task MeasureAsync(CostServer server, string storage, TextWriter log, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        bool isCompressed = storage == "compressed";
        await using (NpgsqlDataSource database = await server.NewDatabaseAsync(withForeignKey: true, cancellationToken))
        {
            if (isCompressed) await CostServer.ScalarAsync(database, $"CREATE EXTENSION {Extension}", cancellationToken);
        }

        await using (NpgsqlDataSource database = server.Connect())
        {
            await new MigrationRunner(database, [.. WalletSchema.Migrations, HistorySchema.Migrations], new MigrationRunnerOptions(),
                NullLogger.Instance).UpAsync(null, cancellationToken);
            await data.FillAsync(database, cancellationToken);
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
        IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> cases = QueryCostCases.Of(connection, data, accounts);
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
            $"{storage}: asked, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s in all"));
    }

    /// <summary>Asks all kinds in turns until each was asked so often, or its share of the time is over.</summary>
    /// <param name="cases">The kinds.</param>
    /// <param name="questions">How often.</param>
    /// <param name="seed">Where the random places begin: warm ones are others than cold ones.</param>
    /// <param name="cancellationToken">Ends it.</param>
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
                // A slow kind takes no questions from the fast ones.
                if (times[index].Sum() >= share) continue;
                cancellationToken.ThrowIfCancellationRequested();
                long began = Stopwatch.GetTimestamp();
                await cases[index].Ask(new Random(seed + question));
                times[index].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        return times;
    }

    /// <summary>How many pages of tables and indexes each question touches, which is the same however busy the machine is.</summary>
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

                // What the server has not yet put into its statistics is counted on: hence the difference.
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
