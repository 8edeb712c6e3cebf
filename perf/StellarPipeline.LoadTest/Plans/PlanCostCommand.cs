using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Results;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.LoadTest.Plans;

/// <summary>
/// The subcommand <c>plan-costs</c>: the time to open a transaction under a plan, compared with a bare transaction and with a full
/// planning.
/// </summary>
internal static class PlanCostCommand
{
    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var transactions =
            new Option<int>("--transactions")
            {
                Description = "Number of transactions under one plan.",
                HelpName = "count",
                DefaultValueFactory = _ => 1_000,
            };
        var shared = new CostCommandOptions(transactions);
        var command = new Command("plan-costs", "Measures the time to open a load's transaction under a plan.");
        shared.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            await RunAsync(shared.Read(parsed, []), Console.Out, token);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(CostOptions options, TextWriter log, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        await using CostServer server = await CostServer.OpenAsync(options, cancellationToken);
        await using NpgsqlDataSource database = await server.NewDatabaseAsync(withForeignKey: true, cancellationToken);
        await new MigrationRunner(database, WalletSchema.Migrations, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync(
            null, cancellationToken);
        var machine = MachineFacts.Read(server.DataDirectory ?? AppContext.BaseDirectory);
        string before = CostFacts.LoadAverage() ?? "unknown";

        var lines = new List<string>();
        foreach (ForeignKeyChoice choice in new[] { ForeignKeyChoice.Replica, ForeignKeyChoice.Ordered })
        {
            var request = new LoadRequest
            {
                Tables = WalletTables.All,
                ForeignKeys = new ForeignKeyOptions { Choice = choice, WritesParentsFirst = true },
            };
            LoadPlan plan = await LoadPlan.CreateAsync(database, request, cancellationToken: cancellationToken);
            await OpenAsync(plan, cancellationToken); // Not counted: the JIT compiler runs.
            List<double> bare = [], planned = [], anew = [];
            for (int round = 0; round < options.Rounds; round++)
            {
                bare.Add(await TimeAsync(
                    async () => await (await LoadTransaction.OpenAsync(database, cancellationToken: cancellationToken)).DisposeAsync()));
                planned.Add(await OpenAsync(plan, cancellationToken));
                if (round % 20 == 0)
                    anew.Add(await TimeAsync(() => LoadPlan.CreateAsync(database, request, cancellationToken: cancellationToken)));
            }

            string name = choice.ToString().ToLowerInvariant();
            lines.Add(Line($"{name}: bare transaction, its settings read back", bare));
            lines.Add(Line($"{name}: opened under the plan, 9 tables locked, plan confirmed, strategy started", planned));
            lines.Add(Line($"{name}: planned anew", anew));
        }

        string section = string.Join('\n',
        [
            FormattableString.Invariant($"## {started:yyyy-MM-dd HH:mm} UTC, commit {Checkout.Commit()}"), "",
            string.Create(
                CultureInfo.InvariantCulture, $"- Machine: {machine.Cpu}, {machine.Cores} cores; load averages before {before}, after "
                        + $"{CostFacts.LoadAverage() ?? "unknown"}. {options.Note}"),
            string.Create(CultureInfo.InvariantCulture,
                $"- {options.Rounds:N0} transactions under one plan over a Unix socket, the nine wallet tables; interleaved with bare "
                        + $"ones. The plan was confirmed in every transaction."), "",
            "| what | ms, median (min–max) | 99 of 100 below |", "|---|---|---|", .. lines, "",
        ]);
        await ResultFile.TellAsync(
            log, options.ResultsDirectory, machine, "-plans.md", "What opening a load costs", started, section, cancellationToken);
    }

    private static async Task<double> OpenAsync(LoadPlan plan, CancellationToken cancellationToken)
    {
        BulkLoad load = plan.NewLoad(null, cancellationToken);
        await using (load)
        {
            double milliseconds = await TimeAsync(load.BeginAsync);
            if (!ReferenceEquals(load.Plan, plan)) throw LoadTestException.Failed("The plan was not confirmed.");
            return milliseconds;
        }
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        long started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static string Line(string what, List<double> milliseconds)
    {
        var all = Statistics.Of(milliseconds);
        double[] sorted = [.. milliseconds.Order()];
        return string.Create(CultureInfo.InvariantCulture,
            $"| {what} | {all.Median:F2} ({all.Least:F2}–{all.Most:F2}) | {sorted[(int)(sorted.Length * 0.99)]:F2} |");
    }
}
