using System.CommandLine;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Cli.Bench;
using StellarPipeline.Cli.Ledgers;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Timescale;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>bench backfill</c> and <c>bench populate</c>: measure the layers of a load on the user's own server.</summary>
internal static class BenchCommand
{
    private const uint FirstGenerated = 1000;
    private static readonly int[] DefaultConnections = [1, 2, 4];

    public static Command Create() => new(
        "bench", "Measures this program and your server, layer by layer, in a temporary schema that is dropped afterwards.")
    {
        Backfill(), Populate(),
    };

    private static Command Backfill()
    {
        var source = new Option<string?>("--source")
        {
            Description = "A data store (SEP-54), with --from and --to. Without it, ledgers of a simulated network are generated.",
            HelpName = "folder|URL",
        };
        Option<uint?> from = LedgerRangeOptions.Ledger("--from", "The first ledger of the store to use.");
        Option<uint?> to = LedgerRangeOptions.Ledger("--to", "The last ledger; a few hundred ledgers are enough.");
        Option<string?> network = CommonOptions.Network();
        network.Description = "The network of the store's ledgers: pubnet, testnet, futurenet or a passphrase. [default: pubnet]";
        Option<int> ledgers = NumberOption.Of("--ledgers", "Number of ledgers to generate.", 200, 1, 100_000);
        Option<int> transactions = NumberOption.Of("--transactions", "Transactions per generated ledger.", 200, 1, 10_000);
        Option<int[]> connections = new("--connections")
        {
            Description = "Number of connections to measure. May be given several times. [default: 1, 2 and 4]",
            HelpName = "number",
        };
        connections.Validators.Add(result =>
        {
            if ((result.GetValueOrDefault<int[]>() ?? []).Any(static count => count is < 1 or > 64))
                result.AddError("--connections: give 1 to 64.");
        });
        return Make(
            "backfill", "Measures the layers of backfill: from the stored objects to rows in tables of several kinds.",
            [source, from, to, network, ledgers, transactions, connections], async (parsed, run, cancellationToken) =>
            {
                string folder = TemporaryFolder.Create("stellar-pipeline-bench-");
                try
                {
                    string place = parsed.GetValue(source) ?? folder;
                    var named = StellarNetwork.Parse(parsed.GetValue(network) ?? "pubnet");
                    var span = new LedgerSpan(parsed.GetValue(from) ?? FirstGenerated, parsed.GetValue(to) ?? 0);
                    if (parsed.GetValue(source) is null)
                    {
                        named = StellarNetwork.Testnet;
                        span = new LedgerSpan(FirstGenerated, FirstGenerated + (uint)parsed.GetValue(ledgers) - 1);
                        Generate(folder, parsed.GetValue(ledgers), parsed.GetValue(transactions), cancellationToken);
                    }
                    else if (parsed.GetValue(from) is null || parsed.GetValue(to) is null)
                    {
                        throw new CommandLineException(
                            FailureKind.Usage, "--source needs --from and --to: a data store may begin at any ledger.");
                    }

                    await using ILedgerSource opened = await LedgerPlaces.OpenAsync(
                        [place], new LedgerStoreOptions { NetworkPassphrase = named.Passphrase }, cancellationToken);
                    if (opened is not LedgerStore store)
                        throw new CommandLineException(FailureKind.Usage, $"{place} is not a data store. Give the folder or URL of one.");
                    bool hasHypertables =
                        (await TimescaleStatus.ReadAsync(run.Target.DataSource, cancellationToken)).Version is not null;
                    int[] counts = parsed.GetValue(connections) is { Length: > 0 } given ? given : DefaultConnections;
                    var ladder = new BackfillLadder(store, named, span, run.NewSchemaAsync);
                    string data = parsed.GetValue(source) is null
                        ? FormattableString.Invariant($"{span.Count:N0} generated ledgers of {parsed.GetValue(transactions)} transactions")
                        : FormattableString.Invariant($"ledgers {span} of {store.Location}");
                    return await run.RunAsync("backfill", "ledgers", data, ladder.Rungs(counts, hasHypertables), cancellationToken);
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            });
    }

    private static Command Populate()
    {
        var archive = new Option<DirectoryInfo?>("--archive")
        {
            Description = "The folder of a history archive; its newest checkpoint is used. Without it, one is generated.",
            HelpName = "directory",
        };
        Option<int> entries = NumberOption.Of("--entries", "Approximate number of ledger entries to generate.", 500_000, 100, 10_000_000);
        return Make(
            "populate", "Measures the layers of populate: from the bucket files to rows in tables, in several ways.",
            [archive, entries], async (parsed, run, cancellationToken) =>
            {
                string folder = TemporaryFolder.Create("stellar-pipeline-bench-");
                try
                {
                    string place = parsed.GetValue(archive)?.FullName ?? folder;
                    if (parsed.GetValue(archive) is null)
                    {
                        GeneratorOptions options =
                            GeneratorOptions.OfEntries(parsed.GetValue(entries)) with { Passphrase = StellarNetwork.Testnet.Passphrase };
                        await GenerateCommand.RunAsync(folder, options, quiet: true, cancellationToken);
                    }

                    var ladder = new PopulateLadder(place, run.NewSchemaAsync);
                    await ladder.PrepareAsync(cancellationToken);
                    string data = FormattableString.Invariant(
                        $"{ladder.Entries:N0} entries of {(parsed.GetValue(archive) is null ? "a generated archive" : place)}");
                    return await run.RunAsync("populate", "entries", data, ladder.Rungs(), cancellationToken);
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            });
    }

    private static void Generate(string folder, int ledgers, int transactions, CancellationToken cancellationToken)
    {
        var options = new LedgerGeneratorOptions
        {
            Passphrase = StellarNetwork.Testnet.Passphrase,
            FirstLedger = FirstGenerated,
            Transactions = transactions,
        };
        LedgerDataStore.Write(
            folder, StellarNetwork.Testnet.Passphrase, new LedgerGenerator(options).Take(ledgers), 1, 64_000, cancellationToken);
    }

    private static Command Make(
        string name, string description, IReadOnlyList<Option> options,
        Func<ParseResult, Run, CancellationToken, Task<int>> measure)
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<int> rounds = NumberOption.Of("--rounds", "Measurements of each layer; the report shows medians.", 3, 1, 100);
        Option<string[]> report = ReportFiles.Option();
        report.Description =
            "Write the report to this file: a page with a chart if its name ends in .html, else JSON; - is standard output. May be "
                + "given several times.";
        Option<bool> quiet = CommonOptions.Quiet();
        var command = new Command(name, description) { database, dataDirectory };
        foreach (Option option in options) command.Add(option);
        foreach (Option option in new Option[] { rounds, report, quiet }) command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var reports = ReportFiles.Open(parsed.GetValue(report));
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: true, verbose: false);
            await using TargetDatabase target = await TargetDatabase.OpenAsync(
                parsed.GetValue(database), parsed.GetValue(dataDirectory), schema: null, loggers, cancellationToken);
            string address = target.Server?.ConnectionString ?? parsed.GetValue(database)!;
            var run = new Run(target, address, reports, parsed.GetValue(rounds), parsed.GetValue(quiet), loggers);
            return await measure(parsed, run, cancellationToken);
        });
        return command;
    }

    /// <summary>What both commands need.</summary>
    private sealed record Run(
        TargetDatabase Target, string Address, ReportFiles Reports, int Rounds, bool IsQuiet, ILoggerFactory Loggers)
    {
        public Task<BenchSchema> NewSchemaAsync(CancellationToken cancellationToken) =>
            BenchSchema.CreateAsync(Target.DataSource, Address, Loggers, cancellationToken);

        public async Task<int> RunAsync(
            string what, string items, string data, IReadOnlyList<BenchRung> rungs, CancellationToken cancellationToken)
        {
            string server;
            await using (NpgsqlConnection connection = await SessionStart.OpenAsync(Target.DataSource, cancellationToken))
                server = $"PostgreSQL {connection.PostgreSqlVersion} at {connection.Host}:{connection.Port}";
            DateTimeOffset started = DateTimeOffset.UtcNow;
            IReadOnlyList<BenchResult> results = await BenchLadder.RunAsync(rungs, Rounds, Tell, cancellationToken);
            var report = new BenchReport(what, items, data, server, Rounds, started, results);
            await Reports.WriteAsync(report.ToJson(), report.ToPage);
            if (IsQuiet || Reports.TakesStandardOutput) return ExitCode.Done;
            foreach (string line in report.ToLines()) Console.WriteLine(line);
            return ExitCode.Done;
        }

        private void Tell(int round, BenchRung rung, BenchTime time)
        {
            if (IsQuiet) return;
            string which = round == 0 ? "warming up" : FormattableString.Invariant($"round {round} of {Rounds}");
            Console.Error.WriteLine(FormattableString.Invariant($"{which,-14} {rung.Name,-30} {time.Seconds,8:F2} s"));
        }
    }
}
