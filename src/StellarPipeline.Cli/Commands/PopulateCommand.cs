using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Logging;
using StellarPipeline.Cli.Archives;
using StellarPipeline.Cli.Output.Dashboard;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>populate</c>: the main job.</summary>
internal static class PopulateCommand
{
    public static Command Create()
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        var batchRows =
            new Option<int>("--batch-rows")
            {
                Description = "Maximum rows per COPY.",
                HelpName = "rows",
                DefaultValueFactory = _ => new PopulateOptions().BatchRows,
            };
        Option<int> attempts = CommonOptions.Attempts();
        Option<int> lockTimeout = CommonOptions.LockTimeout();
        var replace =
            new Option<bool>("--replace")
            {
                Description = "Empty the tables first, in the same transaction. Without it, the load refuses to run if any table has rows.",
            };
        var mayChange =
            new Option<bool>("--allow-dependent-changes")
            {
                Description =
                    "With --replace, allow changes to other tables' rows by their foreign keys and triggers. Without it, such a load is "
                        + "refused.",
            };
        var discardAbove =
            new Option<bool>("--discard-history-above")
            {
                Description =
                    "If ingestion is ahead of the checkpoint, remove the history rows above it in the same transaction, and the current "
                        + "state of SEP-41 tokens if that is above it. Without it, the load refuses to run and counts these rows.",
            };
        var tokenMetadata =
            new Option<bool>("--token-metadata")
            {
                Description =
                    "Read name, symbol and decimals of token contracts from their instance storage, where most contracts keep them. "
                        + "wallet-backend asks an RPC server for them later.",
            };
        var noMigrate = new Option<bool>("--no-migrate") { Description = "Do not apply migrations." };
        Option<string> foreignKeys = CommonOptions.ForeignKeys();
        Option<string> rebuildIndexes = CommonOptions.RebuildIndexes(
            IndexRebuild.Auto, "auto does so if the tables are empty, the role owns them and at least 100,000 rows are expected.");
        var proveAlways =
            new Option<bool>("--prove-always")
            {
                Description = "Prove every foreign key with an anti-join, even if PostgreSQL has checked it.",
            };
        var audit =
            new Option<FileInfo?>("--audit")
            {
                Description = "Append the plan, steps and proofs of the foreign keys to this file, one JSON object per line.",
                HelpName = "file",
            };
        Option<string[]> report = ReportFiles.Option();
        Option<string> progress = CommonOptions.Progress();
        var dryRun =
            new Option<bool>("--dry-run")
            {
                Description =
                    "Make every check of the load and change nothing: archive, proof, network, rights, locks, empty tables, keys. Prints "
                        + "what it would read and write.",
            };
        Option<string?> dashboardAddress = DashboardHost.Option();
        var keepDashboard =
            new Option<bool>("--keep-dashboard")
            {
                Description = "With --dashboard, keep serving the page after the load until interrupted.",
            };
        Option<bool> quiet = CommonOptions.Quiet();
        Option<bool> verbose = CommonOptions.Verbose();

        var command = new Command(
            "populate", "Reads one checkpoint of a history archive, proves it, and fills the wallet tables from it, in one transaction.");
        var archive = new ArchiveOptions(command);
        foreach (Option option in new Option[]
        {
            database,
            dataDirectory,
            schema,
            batchRows,
            foreignKeys,
            rebuildIndexes,
            proveAlways,
            attempts,
            lockTimeout,
            replace,
            mayChange,
            discardAbove,
            tokenMetadata,
            noMigrate,
            report,
            audit,
            dryRun,
            dashboardAddress,
            keepDashboard,
            progress,
            quiet,
            verbose,
        })
        {
            command.Add(option);
        }

        command.Validators.Add(CheckNumbers);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var reports = ReportFiles.Open(parsed.GetValue(report));
            using JsonLinesAuditSink? auditFile = parsed.GetValue(audit) is { } file ? JsonLinesAuditSink.Open(file.FullName) : null;
            PopulateOptions options = Numbers(parsed.CommandResult) with
            {
                ProveAlways = parsed.GetValue(proveAlways),
                Audit = auditFile,
                Checkpoint = archive.Checkpoint(parsed),
                Network = archive.Network(parsed),
                BucketBytes = archive.BucketBytes(parsed),
                Replace = parsed.GetValue(replace),
                MayChangeDependents = parsed.GetValue(mayChange),
                TokenMetadata = parsed.GetValue(tokenMetadata),
                DiscardHistoryAbove = parsed.GetValue(discardAbove),
                Migrate = !parsed.GetValue(noMigrate),
            };
            options.Validate();
            var tries = new LoadAttemptOptions { Attempts = parsed.GetValue(attempts) };
            tries.Validate();
            bool isQuiet = parsed.GetValue(quiet);
            using ILoggerFactory loggers = CommandLine.CreateLoggers(isQuiet, parsed.GetValue(verbose));
            await using OpenedArchive history = archive.Open(parsed, loggers: loggers);
            var run = new PopulateRun
            {
                Archive = history,
                Database = parsed.GetValue(database),
                DataDirectory = parsed.GetValue(dataDirectory),
                Schema = parsed.GetValue(schema),
                Options = options,
                Attempts = tries,
                Reports = reports,
                Progress = CommonOptions.Choice<ProgressMode>(parsed.GetValue(progress)),
                IsQuiet = isQuiet,
                Loggers = loggers,
            };
            if (parsed.GetValue(dryRun)) return await run.CheckAsync(cancellationToken);
            await using DashboardHost? dashboard = await DashboardHost.StartAsync(parsed, dashboardAddress, cancellationToken);
            run.Dashboard = dashboard;
            int code = await run.RunAsync(cancellationToken);
            if (dashboard is not null && parsed.GetValue(keepDashboard)) await dashboard.KeepAsync(cancellationToken);
            return code;
        });
        return command;

        // All numbers of the configuration and the command line are checked before anything is opened.
        PopulateOptions Numbers(CommandResult result) => new()
        {
            ForeignKeys = CommonOptions.Choice<ForeignKeyChoice>(result.GetValue(foreignKeys)),
            IndexRebuild = CommonOptions.Choice<IndexRebuild>(result.GetValue(rebuildIndexes)),
            CheckpointFrequency = archive.Frequency(result),
            BatchRows = result.GetValue(batchRows),
            LockTimeout = TimeSpan.FromSeconds(result.GetValue(lockTimeout)),
        };

        // A rule of a command runs before the parser fills in defaults: it can read only values that were given.
        void CheckNumbers(CommandResult result)
        {
            var usual = new PopulateOptions();

            // An error found here keeps the parser from checking the options, so an unknown choice must be reported first.
            if (!IsChoice<ForeignKeyChoice>(result, foreignKeys) || !IsChoice<IndexRebuild>(result, rebuildIndexes)
                || !IsChoice<ProgressMode>(result, progress))
            {
                return;
            }

            try
            {
                new PopulateOptions
                {
                    CheckpointFrequency = archive.GivenFrequency(result) ?? usual.CheckpointFrequency,
                    BatchRows = OptionRules.Given(result, batchRows) ?? usual.BatchRows,
                    LockTimeout = OptionRules.Given(result, lockTimeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : usual.LockTimeout,
                }.Validate();
                if (OptionRules.Given(result, attempts) is { } number) new LoadAttemptOptions { Attempts = number }.Validate();
            }
            catch (PipelineException error)
            {
                result.AddError(error.Message);
            }
        }
    }

    private static bool IsChoice<T>(CommandResult result, Option<string> option)
        where T : struct, Enum =>
        result.GetResult(option) is not { Implicit: false, Tokens: [{ Value: var given }] }
        || Enum.GetNames<T>().Contains(given, StringComparer.OrdinalIgnoreCase);
}
