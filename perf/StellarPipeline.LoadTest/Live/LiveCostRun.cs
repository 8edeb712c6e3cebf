using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Results;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.LoadTest.Live;

/// <summary>
/// Measures sets of ledgers: the time of the server alone for their rows, and that of live ingestion, both with one transaction per ledger.
/// </summary>
/// <remarks>
/// Every measurement begins with a copy of a database with empty tables, keys and indexes. Rounds are interleaved; the first ones warm up
/// and do not count. After each measurement rows are counted; both counts must be equal.
/// </remarks>
/// <param name="sets">The ledgers.</param>
/// <param name="costs">Rounds, server, results.</param>
/// <param name="warmUp">Number of rounds before these that do not count.</param>
internal sealed class LiveCostRun(IReadOnlyList<LedgerSet> sets, CostOptions costs, int warmUp)
{
    private const string Template = "live_costs_template";
    private const string Measured = "live_costs";

    private static readonly CopyTable[] Tables = [.. WalletTables.All, .. HistoryTables.All];

    private readonly Dictionary<LedgerSet, (List<Round> Server, List<Round> Live, long Rows)> results = [];

    public async Task RunAsync(TextWriter log, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string? loadBefore = CostFacts.LoadAverage();
        await using CostServer server = await CostServer.OpenAsync(costs, cancellationToken);
        var facts = new CostFacts(
            started, MachineFacts.Read(server.DataDirectory!), Checkout.Commit(), server.IsPrivate,
            await server.SettingsAsync(cancellationToken), loadBefore, null);
        await MakeTemplateAsync(server, cancellationToken);
        foreach (LedgerSet set in sets)
        {
            // The server's user must read the files; they contain no secrets.
            using var files = new LedgerFiles(Path.Combine(
                costs.ServerDirectory ?? Path.GetTempPath(),
                FormattableString.Invariant($"pipeline-live-costs-{Environment.ProcessId}")));
            await files.WriteAsync(set, cancellationToken);
            results.Add(set, ([], [], files.Rows));
            await log.WriteLineAsync(FormattableString.Invariant($"{set.Name}: {set.Ledgers.Count} ledgers, {files.Rows:N0} rows"));
            for (int round = 1 - warmUp; round <= costs.Rounds; round++)
            {
                (Round alone, long[] expected) = await MeasureAsync(server, set, async target =>
                {
                    await using NpgsqlConnection connection = await target.OpenConnectionAsync(cancellationToken);
                    await ExecuteAsync(connection, LedgerFiles.Staging, cancellationToken);
                    long began = Stopwatch.GetTimestamp();
                    for (uint ledger = set.First; ledger <= set.Last; ledger++)
                        await files.StoreAsync(connection, ledger, cancellationToken);
                    return new Times(Stopwatch.GetElapsedTime(began), TimeSpan.Zero);
                }, cancellationToken);
                (Round live, long[] found) = await MeasureAsync(server, set, target => FollowAsync(set, target, cancellationToken),
                    cancellationToken);
                if (!found.SequenceEqual(expected))
                {
                    throw LoadTestException.Failed(
                        $"{set.Name}: after live ingestion the tables have {string.Join(", ", found)} rows, after the server's own "
                            + $"statements {string.Join(", ", expected)}.");
                }

                await log.WriteLineAsync(FormattableString.Invariant(
                    $"  round {round}/{costs.Rounds}  COPY and upserts {alone.Seconds,7:F2} s  live {live.Seconds,7:F2} s"));
                if (round < 1) continue;
                results[set].Server.Add(alone);
                results[set].Live.Add(live);
            }
        }

        string section = Section(facts with { LoadAfter = CostFacts.LoadAverage() });
        await log.WriteLineAsync();
        await ResultFile.TellAsync(
            log, costs.ResultsDirectory, facts.Machine, "-live.md", "What following the network costs", started, section,
            cancellationToken);
    }

    private static async Task<Times> FollowAsync(LedgerSet set, NpgsqlDataSource target, CancellationToken cancellationToken)
    {
        await using LedgerStreamSource source = set.Open();
        // One transaction per ledger, although the ledgers are old.
        var options = new LiveOptions { CatchUpBytes = 1, Migrate = false };
        LiveReport report = await new LiveIngestion(source, LivePool.Of(target), set.Network, options, NullLoggerFactory.Instance).RunAsync(
            CancellationToken.None, cancellationToken);
        return report.Commits == set.Ledgers.Count
            ? new Times(report.Elapsed - report.Preparation, report.Preparation)
            : throw LoadTestException.Failed($"{set.Name}: {report.Commits} transactions instead of {set.Ledgers.Count}, one per ledger.");
    }

    private static async Task<(Round Round, long[] Rows)> MeasureAsync(
        CostServer server, LedgerSet set, Func<NpgsqlDataSource, Task<Times>> work, CancellationToken cancellationToken)
    {
        ConnectionSettings settings = await server.CopyDatabaseAsync(Measured, Template, cancellationToken);
        await using NpgsqlDataSource target = settings.CreateDataSource();
        await new IngestStore(target, "public").SetAsync(IngestStore.Latest, set.First - 1, cancellationToken);
        double cpu = ProcessUsage.OwnCpuSeconds();
        Times times = await work(target);
        cpu = ProcessUsage.OwnCpuSeconds() - cpu;
        long[] rows = new long[Tables.Length];
        for (int table = 0; table < Tables.Length; table++)
        {
            rows[table] =
                (long)(await CostServer.ScalarAsync(target, $"SELECT count(*) FROM public.{Tables[table].Name}", cancellationToken))!;
        }

        return (new Round(times.Ledgers.TotalSeconds, times.Start.TotalSeconds, cpu), rows);
    }

    private static async Task MakeTemplateAsync(CostServer server, CancellationToken cancellationToken)
    {
        ConnectionSettings settings = await server.CopyDatabaseAsync(Template, "template0", cancellationToken);
        await using NpgsqlDataSource database = settings.CreateDataSource();
        await new MigrationRunner(
            database, [.. WalletSchema.Migrations, HistorySchema.Migrations, LiveSchema.Migrations], new MigrationRunnerOptions(),
            NullLogger.Instance).UpAsync(null, cancellationToken);
        database.Clear();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Only constants and names of known tables.
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private string Section(CostFacts facts)
    {
        var text = new StringBuilder();
        Line($"## {facts.Started:yyyy-MM-dd HH:mm} UTC, commit {facts.Commit}");
        Line($"");
        if (costs.Note is { } note) Line($"- Note: {note}");
        string settings = string.Join(", ", facts.Settings.Select(setting => $"{setting.Key} = {setting.Value}"));
        MachineFacts machine = facts.Machine;
        Text($"- Machine: {machine.Cpu}, {machine.Cores} cores; {machine.OperatingSystem}; {machine.Runtime}. ");
        Line($"Load before {facts.LoadBefore}, after {facts.LoadAfter}.");
        Line($"- PostgreSQL: {settings}; every COMMIT waits for the disk.");
        Text($"- Rounds: {costs.Rounds} after {warmUp} to warm up, interleaved; plain tables with keys and indexes, empty before each; ");
        Line($"rows of every table counted after each.");
        Text($"- COPY and upserts: the server reads the rows of each ledger from files, stages those that may exist already, and merges ");
        Text($"them, one transaction per ledger, one session. Live: from encoded ledgers in memory, hashes proved, to the last COMMIT; ");
        Text($"client and server share the cores. Start: before the first ledger is read, once per process; the other side's connection ");
        Line($"and staging tables are not timed either.");
        Line($"");
        Text($"| ledgers | number | rows | COPY and upserts, ms per ledger | live, ms per ledger (min–max) | ÷ | live, rows/s ");
        Line($"| start, ms | ÷ with start | client CPU ms per ledger |");
        Line($"|---|---|---|---|---|---|---|---|---|---|");
        foreach ((LedgerSet set, (List<Round> server, List<Round> live, long rows)) in results)
        {
            int ledgers = set.Ledgers.Count;
            double alone = Statistics.Of(server.Select(round => round.Seconds)).Median;
            var followed = Statistics.Of(live.Select(round => round.Seconds));
            double ratio = Statistics.Of(live.Zip(server, (one, other) => one.Seconds / other.Seconds)).Median;
            double start = Statistics.Of(live.Select(round => round.StartSeconds)).Median;
            double whole = Statistics.Of(live.Zip(server, (one, other) => (one.Seconds + one.StartSeconds) / other.Seconds)).Median;
            double cpu = Statistics.Of(live.Select(round => round.CpuSeconds)).Median;
            Line(
                $"| {set.Name} | {ledgers} | {rows:N0} | {alone * 1000 / ledgers:F1} | {followed.Median * 1000
                    / ledgers:F1} ({followed.Least * 1000 / ledgers:F1}–{followed.Most * 1000 / ledgers:F1}) | {ratio:F2} | {rows
                        / followed.Median:N0} | {start * 1000:F0} | {whole:F2} | {cpu * 1000 / ledgers:F1} |");
        }

        return text.ToString();

        void Text(FormattableString part) => text.Append(part.ToString(CultureInfo.InvariantCulture));

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    private sealed record Times(TimeSpan Ledgers, TimeSpan Start);

    private sealed record Round(double Seconds, double StartSeconds, double CpuSeconds);
}
