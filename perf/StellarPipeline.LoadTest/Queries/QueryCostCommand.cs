using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Results;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.LoadTest.Queries;

/// <summary>
/// The subcommand <c>query-costs</c>: what each query of the data layer takes on millions of rows, and what the shapes would take that it
/// was chosen over.
/// </summary>
internal static class QueryCostCommand
{
    private const int SlowQuestions = 5;

    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var changes =
            new Option<long>("--changes")
            {
                Description = "State changes in the tables.",
                HelpName = "rows",
                DefaultValueFactory = _ => 5_000_000,
            };
        var accounts =
            new Option<int>("--accounts")
            {
                Description = "Accounts that they belong to.",
                HelpName = "count",
                DefaultValueFactory = _ => 20_000,
            };
        var questions =
            new Option<int>("--questions") { Description = "Questions of each kind.", HelpName = "count", DefaultValueFactory = _ => 400 };
        var serverDirectory =
            new Option<string?>("--server-directory")
            {
                Description = "Where the private server keeps its data. [default: the system's folder for temporary files]",
                HelpName = "directory",
            };
        var results =
            new Option<string?>("--results")
            {
                Description = "Folder to append the results to. [default: perf/results of the checkout]",
                HelpName = "directory",
            };
        var noResults = new Option<bool>("--no-results") { Description = "Print the results only." };
        var note =
            new Option<string?>("--note")
            {
                Description = "A sentence about this run for its readers, such as what else the machine did.",
                HelpName = "text",
            };
        var command =
            new Command("query-costs",
                "Measures the queries of the data layer.") { changes, accounts, questions, serverDirectory, results, noResults, note };
        command.SetAction(async (parsed, token) =>
        {
            int count = parsed.GetValue(questions), owners = parsed.GetValue(accounts);
            if (count < 1 || owners < 2 || parsed.GetValue(changes) < 10_000)
                throw LoadTestException.Usage("query-costs wants 10,000 state changes, 2 accounts and 1 question at least.");
            var options = new CostOptions
            {
                Children = [],
                Rounds = count,
                ServerDirectory = parsed.GetValue(serverDirectory),
                ResultsDirectory = parsed.GetValue(noResults) ? null : parsed.GetValue(results) ?? Checkout.ResultsDirectory(),
                Note = parsed.GetValue(note),
            };
            await RunAsync(options, new QueryCostData(parsed.GetValue(changes), owners), owners, Console.Out, token);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(
        CostOptions options, QueryCostData data, int accounts, TextWriter log, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        await using CostServer server = await CostServer.OpenAsync(options, cancellationToken);
        await using NpgsqlDataSource database = await server.NewDatabaseAsync(withForeignKey: true, cancellationToken);
        await new MigrationRunner(database, [.. WalletSchema.Migrations, HistorySchema.Migrations], new MigrationRunnerOptions(),
            NullLogger.Instance).UpAsync(null, cancellationToken);
        var machine = MachineFacts.Read(server.DataDirectory ?? AppContext.BaseDirectory);
        await data.FillAsync(database, cancellationToken);
        string before = CostFacts.LoadAverage() ?? "unknown";
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> cases = QueryCostCases.Of(connection, data, accounts);
        List<double>[] times = await AskAsync(cases, options.Rounds, cancellationToken);
        IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> slow = QueryCostCases.Slow(connection, data);
        List<double>[] slowTimes = await AskAsync(slow, SlowQuestions, cancellationToken);
        double[] blocks = await BlocksAsync(connection, [.. cases, .. slow], cancellationToken);

        string section = string.Join('\n',
        [
            FormattableString.Invariant($"## {started:yyyy-MM-dd HH:mm} UTC, commit {Checkout.Commit()}"), "",
            string.Create(
                CultureInfo.InvariantCulture, $"- Machine: {machine.Cpu}, {machine.Cores} cores; load averages before {before}, after "
                        + $"{CostFacts.LoadAverage() ?? "unknown"}. {options.Note}"),
            string.Create(CultureInfo.InvariantCulture,
                $"- {data.Transactions:N0} transactions, {2 * data.Transactions:N0} operations, {5 * data.Transactions:N0} state changes "
                        + $"of {accounts:N0} accounts in plain tables; pages of 50, warm, one at a time on one connection over a Unix "
                        + $"socket."),
            string.Create(CultureInfo.InvariantCulture,
                $"- {options.Rounds:N0} questions of each kind, interleaved, each about a random place; {SlowQuestions} of the shapes "
                        + $"that read a whole table."), "",
            "| query | shape | pages touched, median | ms, median | 99 of 100 below | most |", "|---|---|---|---|---|---|",
            .. cases.Concat(slow)
                .Select((one, index) =>
                    Line(one.Name, one.Shape, blocks[index], index < cases.Count ? times[index] : slowTimes[index - cases.Count])), "",
        ]);
        await log.WriteLineAsync(section);
        if (options.ResultsDirectory is { } directory)
        {
            await log.WriteLineAsync(
                $"Appended to "
                    + $"{await ResultFile.AppendAsync(
                        directory, machine, "-queries.md", "What queries cost", started, section, cancellationToken)}.");
        }
    }

    private static async Task<List<double>[]> AskAsync(
        IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> cases, int questions, CancellationToken cancellationToken)
    {
        List<double>[] times = [.. cases.Select(_ => new List<double>())];
        for (int question = -2; question < questions; question++)
        {
            for (int index = 0; index < cases.Count; index++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long began = Stopwatch.GetTimestamp();
                await cases[index].Ask(new Random(question));

                // The first ones are not counted: our own code is compiled.
                if (question >= 0) times[index].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
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
                await cases[index].Ask(new Random(question));
                await using var command = new NpgsqlCommand(
                    "SELECT sum(pg_stat_get_xact_blocks_fetched(oid))::float8 FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                        + "AND relkind IN ('r', 'i')", connection);
                counts.Add((double)(await command.ExecuteScalarAsync(cancellationToken))!);
                await transaction.RollbackAsync(cancellationToken);
            }

            medians[index] = Statistics.Of(counts).Median;
        }

        return medians;
    }

    private static string Line(string name, string shape, double blocks, List<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {shape} | {blocks:N0} | {sorted[sorted.Length / 2]:F2} | {sorted[(int)(sorted.Length * 0.99)]:F2} | "
                + $"{sorted[^1]:F2} |");
    }
}
