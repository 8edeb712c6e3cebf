using System.CommandLine;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Cli.Ledgers;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>backfill</c>: past ledgers into the history tables.</summary>
internal static class BackfillCommand
{
    // A third of the memory holds ledgers, the rest rows.
    private const int SourceShare = 3;

    public static Command Create()
    {
        var source = new Option<string[]>("--source")
        {
            Description =
                "A data store (SEP-54): a folder, or an http://, https://, s3:// or gs:// URL; several are mirrors of each other. Or "
                    + "files of ledgers, named pipes, or - for standard input; several are read one after the other.",
            HelpName = "folder|URL|file|-",
            Required = true,
        };
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        Option<int> batchLedgers =
            NumberOption.Of("--batch-ledgers", "Maximum ledgers per transaction.", Defaults.BatchLedgers, 1, 100_000);
        Option<string> batchBytes =
            ByteSize.Option("--batch-bytes", "Maximum uncompressed bytes of ledgers per transaction.", Defaults.BatchBytes);
        Option<int> connections = NumberOption.Of(
            "--connections", "Transactions filled at the same time, each on its own connection.", Defaults.Connections,
            1, 64);
        Option<string> fill = CommonOptions.Fill();
        Option<int> workers = NumberOption.Of("--workers", "Ledgers decoded at the same time.", Defaults.Workers, 1, 1024);
        Option<string> memory =
            ByteSize.Option("--memory", "Memory for ledgers and for rows that wait for the server; the program needs about 100 MiB more.",
                Defaults.MemoryBytes);
        var repair =
            new Option<bool>("--repair")
            {
                Description =
                    "Delete and rewrite ledgers with missing rows, in the batch's transaction. Without it, the backfill "
                        + "refuses to run and lists them.",
            };
        var trust = new Option<bool>("--trust-bookkeeping") { Description = "Do not count the rows of batches recorded as loaded." };
        var dryRun =
            new Option<bool>("--dry-run")
            {
                Description =
                    "Print what is missing and an estimate of its rows, bytes and seconds; change nothing. Reads a few ledgers.",
            };
        var noMigrate = new Option<bool>("--no-migrate") { Description = "Do not apply migrations." };
        var compress = new Option<bool>("--compress")
        {
            Description =
                "Compress chunks that the range has filled, during the load and at its end. Needs TimescaleDB. The chunks at either "
                    + "end of the history are left to the compression policies.",
        };
        var suspendRetention = new Option<bool>("--suspend-retention")
        {
            Description =
                "Switch off TimescaleDB's retention policies if they would drop loaded rows; they stay off. Without it, the backfill "
                    + "refuses such a range.",
        };
        Option<int> lease = NumberOption.Of(
            "--lease",
            "Seconds without a sign of life after which another process may take over a batch of this process.",
            (int)Defaults.LeaseDuration.TotalSeconds, 3, 86_400);
        Option<int> attempts = NumberOption.Of(
            "--attempts",
            "Attempts at one batch when the connection breaks, the server restarts or this session is the victim of a deadlock. Any other "
                + "error ends the run at once.",
            Defaults.Attempts, 1, 100);
        Option<int> lockTimeout = CommonOptions.LockTimeout();
        Option<string[]> report = ReportFiles.JsonOption();
        Option<string> progress = CommonOptions.Progress();
        Option<bool> quiet = CommonOptions.Quiet();
        Option<bool> verbose = CommonOptions.Verbose();
        var command =
            new Command("backfill",
                "Loads past ledgers into the history tables: each batch is one transaction, proved before it is visible. Ledgers that "
                    + "are already in the tables are skipped.") { source };
        var ledgers = new LedgerRangeOptions(
            command,
            "The last ledger. Required for a data store; without it, files and streams are read to their end.",
            "A history archive whose checkpoints every batch must match before it is committed: a directory or a URL. Repeat "
                + "the option to add mirrors.");
        foreach (Option option in new Option[]
        {
            database, dataDirectory, schema, batchLedgers, batchBytes, fill, connections, workers, memory, repair, trust, dryRun, noMigrate,
            compress, suspendRetention, lease, attempts, lockTimeout, report, progress, quiet,
            verbose,
        })
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var reports = ReportFiles.Open(parsed.GetValue(report));
            string[] places = parsed.GetValue(source)!;
            StellarNetwork network = ledgers.Network(parsed, places);
            LedgerRange range = ledgers.Range(parsed);
            IArchiveTransport? archive = ledgers.Archive(parsed);
            using var archiveOwner = archive as IDisposable;
            var options = new BackfillOptions
            {
                Network = network,
                From = range.First,
                To = range.Last,
                BatchLedgers = parsed.GetValue(batchLedgers),
                BatchBytes = ByteSize.Parse(parsed.GetValue(batchBytes)!)!.Value,
                Fill = CommonOptions.Choice<BackfillFill>(parsed.GetValue(fill)),
                Connections = parsed.GetValue(connections),
                Workers = parsed.GetValue(workers),
                MemoryBytes = ByteSize.Parse(parsed.GetValue(memory)!)!.Value,
                Repair = parsed.GetValue(repair),
                TrustBookkeeping = parsed.GetValue(trust),
                Compress = parsed.GetValue(compress),
                SuspendRetention = parsed.GetValue(suspendRetention),
                Migrate = !parsed.GetValue(noMigrate),
                AllowNewerProtocol = ledgers.AllowNewer(parsed),
                Trusted = ledgers.Trusted(parsed),
                Archive = archive,
                ArchiveOptions = ledgers.ArchiveOptions(parsed),
                LockTimeout = TimeSpan.FromSeconds(parsed.GetValue(lockTimeout)),
                LeaseDuration = TimeSpan.FromSeconds(parsed.GetValue(lease)),
                Attempts = parsed.GetValue(attempts),
                ProgramVersion = Product.UserAgent,
            };
            options.Validate();
            bool isQuiet = parsed.GetValue(quiet);
            using ILoggerFactory loggers = CommandLine.CreateLoggers(isQuiet, parsed.GetValue(verbose));
            var failures = new FailureReports(reports) { Sources = places, Database = parsed.GetValue(database) };
            try
            {
                return await failures.RunAsync(WorkAsync);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync("Interrupted. Committed batches stay; run the command again to resume.");
                return ExitCode.Interrupted;
            }

            async Task<int> WorkAsync()
            {
                LedgerStoreOptions storeOptions =
                    ledgers.StoreOptions(parsed, network) with
                    {
                        BudgetBytes = options.MemoryBytes / SourceShare,
                        Logger = loggers.CreateLogger<LedgerStore>(),
                    };
                await using ILedgerSource opened = await LedgerPlaces.OpenAsync(places, storeOptions, cancellationToken);
                await using TargetDatabase target =
                    await new LoadAttempts(new LoadAttemptOptions { Attempts = options.Attempts }, loggers).RunAsync(
                        (_, token) => TargetDatabase.OpenAsync(parsed.GetValue(database), parsed.GetValue(dataDirectory),
                            parsed.GetValue(schema), loggers, token), cancellationToken);
                if (parsed.GetValue(dryRun))
                {
                    BackfillPrinter.Print(
                        await BackfillEstimate.MakeAsync(opened, target.DataSource, options, cancellationToken), AnsiConsole.Console);
                    reports.TellNoneOfDryRun();
                    return ExitCode.Done;
                }

                using var display = ProgressDisplay.Start(CommonOptions.Choice<ProgressMode>(parsed.GetValue(progress)), isQuiet);
                var job = new BackfillJob(opened, target.DataSource, options, loggers);
                return await RunAsync(job, target, parsed.GetValue(dataDirectory), reports, display, isQuiet, cancellationToken);
            }
        });
        return command;
    }

    private static BackfillOptions Defaults { get; } = new() { Network = StellarNetwork.Pubnet };

    private static async Task<int> RunAsync(
        BackfillJob job, TargetDatabase target, string? dataDirectory, ReportFiles reports, ProgressDisplay display, bool isQuiet,
        CancellationToken cancellationToken)
    {
        BackfillReport done = await job.RunAsync(display, cancellationToken);
        display.Dispose();
        Outcome.Commit();
        await reports.WriteAsync(done.ToJson());
        if (isQuiet) return ExitCode.Done;
        IAnsiConsole console = reports.TakesStandardOutput
            ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) })
            : AnsiConsole.Console;
        BackfillPrinter.Print(done, console);
        if (target.Server is not null) TargetDatabase.PrintWhereRowsAre(dataDirectory, console.Profile.Out.Writer);
        return ExitCode.Done;
    }
}
