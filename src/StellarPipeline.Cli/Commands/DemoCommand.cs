using System.CommandLine;
using Microsoft.Extensions.Logging;
using StellarPipeline.Cli.Archives;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>demo</c>: generates a small archive and loads it into a private server. Needs no set-up.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var entries =
            new Option<int>("--entries")
            {
                Description = "Approximate number of ledger entries to generate, 100 to 10,000,000.",
                HelpName = "entries", DefaultValueFactory = _ => 200_000
            };
        entries.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 100 or > 10_000_000) result.AddError("--entries: give 100 to 10,000,000.");
        });
        Option<string[]> report = ReportFiles.Option();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string> progress = CommonOptions.Progress();
        Option<bool> quiet = CommonOptions.Quiet();
        var command =
            new Command("demo",
                "Generates a small archive, starts the private server, loads the archive into it, and prints the report and how to read "
                    + "the rows.") { entries, report, dataDirectory, progress, quiet };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool isQuiet = parsed.GetValue(quiet);
            using ILoggerFactory loggers = CommandLine.CreateLoggers(isQuiet, verbose: false);
            using var reports = ReportFiles.Open(parsed.GetValue(report));
            string folder = TemporaryFolder.Create("stellar-pipeline-demo-");
            try
            {
                GeneratorOptions generate =
                    GeneratorOptions.OfEntries(parsed.GetValue(entries)) with { Passphrase = StellarNetwork.Testnet.Passphrase };
                GeneratedArchive generated = await GenerateCommand.RunAsync(folder, generate, isQuiet, cancellationToken);

                // The demo's rows are generated: a second run replaces those of the first, and their close time is not a real age.
                var options = new PopulateOptions { Replace = true, Checkpoint = generated.CheckpointLedger };
                await using var archive = OpenedArchive.OfFolder(folder);
                var run = new PopulateRun
                {
                    Archive = archive,
                    DataDirectory = parsed.GetValue(dataDirectory) ?? $"{TargetDatabase.DefaultDataDirectory}-demo",
                    Options = options,
                    Attempts = new LoadAttemptOptions(),
                    Reports = reports,
                    Progress = CommonOptions.Choice<ProgressMode>(parsed.GetValue(progress)),
                    IsQuiet = isQuiet,
                    Loggers = loggers,
                };
                return await run.RunAsync(cancellationToken);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }
}
