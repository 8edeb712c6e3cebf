using System.CommandLine;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using StellarPipeline.Cli.Ledgers;
using StellarPipeline.Cli.Output;
using StellarPipeline.Stellar.Jobs.Backfill;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>gaps</c>: lists the ledgers that are missing from the history tables.</summary>
internal static class GapsCommand
{
    public static Command Create()
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        Option<uint?> from =
            LedgerRangeOptions.Ledger("--from", "The first ledger. Without it, the first one in the tables, bookkeeping or cursors.");
        Option<uint?> to = LedgerRangeOptions.Ledger("--to", "The last ledger. Without it, the last one in any of these.");
        Option<bool> verbose = CommonOptions.Verbose();
        var command =
            new Command("gaps",
                "Lists ledgers that are missing from the history tables, and ledgers with missing rows. Changes nothing.")
            {
                database, dataDirectory, schema, from, to, verbose,
            };
        command.Validators.Add(result =>
        {
            if (result.GetValue(from) > result.GetValue(to)) result.AddError("--from is after --to: give a range of ledgers.");
            if (result.GetValue(to) > int.MaxValue) result.AddError($"--to: the tables hold ledgers up to {int.MaxValue}.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, parsed.GetValue(verbose));
            await using TargetDatabase target = await TargetDatabase.OpenAsync(
                parsed.GetValue(database), parsed.GetValue(dataDirectory), parsed.GetValue(schema), loggers, cancellationToken,
                mustExist: true);
            GapSurvey survey = await GapSurvey.ReadAsync(target.DataSource, parsed.GetValue(from), parsed.GetValue(to), cancellationToken);
            BackfillPrinter.Print(survey, AnsiConsole.Console);
            return ExitCode.Done;
        });
        return command;
    }
}
