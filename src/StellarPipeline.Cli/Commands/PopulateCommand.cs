using System.CommandLine;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Cli.Archives;
using StellarPipeline.Cli.Output;
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
        var batchRows = new Option<int>("--batch-rows") { Description = "Most rows of one COPY.", HelpName = "rows", DefaultValueFactory = _ => new PopulateOptions().BatchRows };
        Option<int> attempts = CommonOptions.Attempts();
        Option<int> lockTimeout = CommonOptions.LockTimeout();
        var replace = new Option<bool>("--replace") { Description = "Empty the tables first, in the same transaction. Without it, tables that hold rows are a refusal." };
        var mayChange = new Option<bool>("--allow-dependent-changes") { Description = "With --replace, let the load do to rows of other tables what their foreign keys and triggers say. Without it, such a load is refused." };
        var discardAbove = new Option<bool>("--discard-history-above") { Description = "Where ingestion has gone on beyond the checkpoint, remove its history rows above it, and the current state of SEP-41 if that is above it too, in the same transaction. Without it, they are a refusal that counts them." };
        var tokenMetadata = new Option<bool>("--token-metadata") { Description = "Take name, symbol and decimals of token contracts from their instance storage, where most keep them. wallet-backend asks an RPC server for them, later." };
        var noMigrate = new Option<bool>("--no-migrate") { Description = "Leave the schema as it is." };
        Option<string> foreignKeys = CommonOptions.ForeignKeys();
        Option<string> rebuildIndexes = CommonOptions.RebuildIndexes(IndexRebuild.Auto, "auto does so where the tables are empty, the role owns them and a million rows or more are expected.");
        var proveAlways = new Option<bool>("--prove-always") { Description = "Prove every foreign key by an anti-join of our own also where PostgreSQL has checked it." };
        var audit = new Option<FileInfo?>("--audit") { Description = "Append the foreign keys' plan, steps and proofs to this file, one JSON object a line.", HelpName = "file" };
        var report = new Option<FileInfo?>("--report") { Description = "Write the report as JSON to this file.", HelpName = "file" };
        Option<bool> quiet = CommonOptions.Quiet();
        Option<bool> verbose = CommonOptions.Verbose();

        var command = new Command("populate", "Reads one checkpoint of a history archive, proves it, and fills the wallet tables from it, in one transaction.");
        var archive = new ArchiveOptions(command);
        foreach (Option option in new Option[] { database, dataDirectory, schema, batchRows, foreignKeys, rebuildIndexes, proveAlways, attempts, lockTimeout, replace, mayChange, discardAbove, tokenMetadata, noMigrate, report, audit, quiet, verbose }) command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ReportFile? reportFile = ReportFile.Open(parsed.GetValue(report));
            using JsonLinesAuditSink? auditFile = parsed.GetValue(audit) is { } file ? JsonLinesAuditSink.Open(file.FullName) : null;
            var options = new PopulateOptions
            {
                ForeignKeys = CommonOptions.Choice<ForeignKeyChoice>(parsed.GetValue(foreignKeys)),
                IndexRebuild = CommonOptions.Choice<IndexRebuild>(parsed.GetValue(rebuildIndexes)),
                ProveAlways = parsed.GetValue(proveAlways),
                Audit = auditFile,
                Checkpoint = archive.Checkpoint(parsed),
                Network = archive.Network(parsed),
                CheckpointFrequency = archive.Frequency(parsed),
                BucketBytes = archive.BucketBytes(parsed),
                BatchRows = parsed.GetValue(batchRows),
                LockTimeout = TimeSpan.FromSeconds(parsed.GetValue(lockTimeout)),
                Replace = parsed.GetValue(replace),
                MayChangeDependents = parsed.GetValue(mayChange),
                TokenMetadata = parsed.GetValue(tokenMetadata),
                DiscardHistoryAbove = parsed.GetValue(discardAbove),
                Migrate = !parsed.GetValue(noMigrate),
            };
            options.Validate();
            var tries = new LoadAttemptOptions { Attempts = parsed.GetValue(attempts) };
            tries.Validate();
            await using OpenedArchive history = archive.Open(parsed);
            bool isQuiet = parsed.GetValue(quiet);
            using ILoggerFactory loggers = CommandLine.CreateLoggers(isQuiet, parsed.GetValue(verbose));
            return await RunAsync(history, parsed.GetValue(database), parsed.GetValue(dataDirectory), parsed.GetValue(schema), options, tries, reportFile, isQuiet, loggers, cancellationToken);
        });
        return command;
    }

    internal static async Task<int> RunAsync(
        OpenedArchive archive, string? database, string? dataDirectory, string? schema, PopulateOptions options, LoadAttemptOptions attempts, ReportFile? reportFile, bool quiet, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        options = options with { CommitWatch = Interruption.Commits };
        await using TargetDatabase target = await new LoadAttempts(attempts, loggers).RunAsync((_, token) => TargetDatabase.OpenAsync(database, dataDirectory, schema, loggers, token), cancellationToken);
        PopulateReport report;
        using (var line = new ProgressLine(quiet))
        {
            // Outside the attempts: whether a copy was wrong is known only after its last byte, which has to be waited for.
            report = await archive.ReadAsync(
                () => new LoadAttempts(attempts, loggers).RunAsync(_ => new CheckpointPopulation(archive.Archive, target.DataSource, options, loggers), line, cancellationToken), loggers.CreateLogger<HistoryArchive>(), cancellationToken);
        }

        Outcome.Commit();
        if (reportFile is not null) await reportFile.WriteAsync(report.ToJson());
        if (quiet)
        {
            // Asked to be quiet, but not to keep from the operator that work of others was not done.
            foreach (string remark in report.Warnings) await Console.Error.WriteLineAsync(remark);
            return ExitCode.Done;
        }

        ReportPrinter.Print(report, AnsiConsole.Console);
        if (target.Server is { } server) PrintWhereRowsAre(server.DataDirectory, dataDirectory, "native_balances");
        return ExitCode.Done;
    }

    /// <summary>Says how to look at the rows in the private server, which is stopped with the command.</summary>
    internal static void PrintWhereRowsAre(string directory, string? option, string table)
    {
        string where = option is null ? "" : $" --data-directory {directory}";
        Console.WriteLine($"The rows are in database {TargetDatabase.PrivateName} of the private server in {directory}, which is stopped now. To look at them:");
        string program = Environment.ProcessPath ?? "stellar-pipeline";
        Console.WriteLine($"  {program} psql{where} -- -c 'SELECT * FROM {table} LIMIT 5'");
        Console.WriteLine($"  {program} server{where}");
    }
}
