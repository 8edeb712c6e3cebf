using System.CommandLine;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Cli.Archives;
using StellarPipeline.Cli.Ledgers;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Cli.Serving;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>run</c>: runs the other jobs in the order in which a deployment needs them.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        Option<uint?> backfillFrom = LedgerRangeOptions.Ledger(
            "--backfill-from", "While following the network, also load past ledgers: from this one to the checkpoint.");
        var backfillSource = new Option<string[]>("--backfill-source")
        {
            Description = "The data store of the past ledgers. [default: --source, if it is a data store]",
            HelpName = "place",
        };
        Option<string> progress = CommonOptions.Progress();
        Option<bool> quiet = CommonOptions.Quiet();
        Option<bool> verbose = CommonOptions.Verbose();
        var command = new Command(
            "run", "Fills an empty database from a checkpoint, then follows the network from there until it is stopped. Run it again "
                + "to resume.")
        {
            database, dataDirectory, schema, backfillFrom, backfillSource, progress, quiet, verbose,
        };
        var archive = new ArchiveOptions(command);
        var follow = new FollowOptions(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(backfillFrom) is not null && result.GetValue(backfillSource) is null or [] && !follow.IsStore(result))
            {
                result.AddError("--backfill-from needs a data store, but --source is not one: name one with --backfill-source.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool isQuiet = parsed.GetValue(quiet);
            LiveOptions options = follow.Options(parsed) with { AllowNewerProtocol = archive.AllowsNewer(parsed) };
            options.Validate();
            using ILoggerFactory loggers = CommandLine.CreateLoggers(isQuiet, parsed.GetValue(verbose));
            await using MetricsHost? metrics = await follow.StartMetricsAsync(parsed, cancellationToken);
            await using OpenedArchive history = archive.Open(parsed, loggers: loggers);
            await using TargetDatabase target = await TargetDatabase.OpenAsync(
                parsed.GetValue(database), parsed.GetValue(dataDirectory), parsed.GetValue(schema), loggers, cancellationToken,
                mustExist: false, new PoolLimits());
            StellarNetwork? network = archive.Network(parsed);
            if (await LatestAsync(target, loggers, cancellationToken) is null)
            {
                using var reports = ReportFiles.Open([]);
                var populate = new PopulateRun
                {
                    Archive = history,
                    Options = new PopulateOptions
                    {
                        Checkpoint = archive.Checkpoint(parsed),
                        CheckpointFrequency = archive.Frequency(parsed.CommandResult),
                        Network = network,
                        BucketBytes = archive.BucketBytes(parsed),
                    },
                    Attempts = new LoadAttemptOptions(),
                    Reports = reports,
                    Progress = CommonOptions.Choice<ProgressMode>(parsed.GetValue(progress)),
                    IsQuiet = isQuiet,
                    Loggers = loggers,
                    KeepsServer = true,
                };
                using (Telemetry.BeginRun("populate")) await populate.RunAsync(target, cancellationToken);
                network ??= StellarNetwork.Parse(populate.Report!.Checkpoint.Network);
            }

            // Following the network is what this process is for: a scheduler must see when it fails.
            Outcome.Continue();

            Interruption.Announcement =
                "Interrupted: the command ends after the current ledger is stored. A second interrupt ends the process at once.";
            StellarNetwork named = network ?? follow.Network(parsed, null);
            using RpcContractReader? contracts = follow.Contracts(parsed, named, loggers);
            await using ILedgerSource ledgers = await follow.OpenAsync(parsed, named, loggers, cancellationToken);
            var live = new LiveIngestion(ledgers, target.Live, named, options with { Contracts = contracts }, loggers);
            if (metrics is not null) metrics.Status = () => live.Status;
            using var past = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task<int> backfill = parsed.GetValue(backfillFrom) is { } first
                ? BackfillAsync(
                    target, named, first, parsed.GetValue(backfillSource) is { Length: > 0 } places ? places : follow.Places(parsed),
                    isQuiet, loggers, past.Token)
                : Task.FromResult(ExitCode.Done);
            using var ticker = LiveTicker.Start(
                isQuiet, named.Name, ledgers.Location, ServerName.Of(target.DataSource), () => live.Status);
            LiveReport report;
            try
            {
                using (Telemetry.BeginRun("live")) report = await live.RunAsync(stopping: cancellationToken, CancellationToken.None);
            }
            catch
            {
                // Committed batches stay. The backfill reports its own end.
                await past.CancelAsync();
                await ((Task)backfill).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            if (!isQuiet) Console.WriteLine(FollowOptions.Describe(report));
            return await backfill;
        });
        return command;
    }

    /// <summary>The last ledger in the tables; null if there is no ledger or no table yet.</summary>
    private static async Task<uint?> LatestAsync(TargetDatabase target, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        IReadOnlyList<MigrationStatus> migrations = await new MigrationRunner(
            target.DataSource, WalletSchema.Migrations, new MigrationRunnerOptions(), loggers.CreateLogger<MigrationRunner>())
            .StatusAsync(cancellationToken);
        return migrations.Any(static migration => migration.IsApplied)
            ? await new IngestStore(target.DataSource).GetAsync(IngestStore.Latest, cancellationToken)
            : null;
    }

    /// <summary>
    /// Loads past ledgers on connections of their own. If it fails, it reports that at once, and the network is still followed.
    /// </summary>
    private static async Task<int> BackfillAsync(
        TargetDatabase target, StellarNetwork network, uint first, string[] places, bool isQuiet, ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        using IDisposable run = Telemetry.BeginRun("backfill");
        try
        {
            uint last = await new IngestStore(target.DataSource).GetAsync(IngestStore.Oldest, cancellationToken)
                ?? throw new CommandLineException(FailureKind.Usage, "--backfill-from: the database has no cursor oldest_ingest_ledger.");
            if (first > last) return ExitCode.Done;
            var options = new BackfillOptions
            {
                // In place: once a ledger is followed, the tables have rows, and tables filled beside them could not replace them.
                Network = network, From = first, To = last, Connections = 1, Fill = BackfillFill.InPlace,
                ProgramVersion = Product.UserAgent,
            };
            await using BackfillPool pool = await BackfillPool.ConnectAsync(
                target.Settings, schema: SessionStart.RequireSchemaOf(target.DataSource), loggers: loggers,
                cancellationToken: cancellationToken);
            await using ILedgerSource ledgers = await LedgerPlaces.OpenAsync(
                places, new LedgerStoreOptions { NetworkPassphrase = network.Passphrase }, cancellationToken);
            BackfillReport done = await new BackfillJob(ledgers, pool.DataSource, options, loggers).RunAsync(null, cancellationToken);
            if (!isQuiet)
                await Console.Error.WriteLineAsync(FormattableString.Invariant($"The history is complete from ledger {first} on."));
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
        catch (PipelineException error)
        {
            await Console.Error.WriteLineAsync($"The backfill has failed; the network is still followed: {error.Message}");
            return ExitCode.Of(error.Kind);
        }
    }
}
