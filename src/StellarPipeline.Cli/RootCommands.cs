using System.CommandLine;
using StellarPipeline.Cli.Commands;
using StellarPipeline.Cli.Output.Logging;

namespace StellarPipeline.Cli;

/// <summary>The whole command line.</summary>
internal static class RootCommands
{
    // These commands are run for their text. All others have an effect that stays even if the text could not be written.
    private static readonly string[] Tellers =
    [
        "plan", "migrate status", "archive info", "archive verify", "ledger show", "ledger rows", "gaps", "config show", "report compare",
        "status", "timescale status", "bench backfill",
        "bench populate", "cache list", "help", "completion",
        "show account", "show transaction", "show operation", "show ledger", "show asset",
    ];

    /// <summary>Makes the command line, with the rules that apply to all commands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand(
            "Fills PostgreSQL tables from the Stellar ledger: a checkpoint, past ledgers, new ledgers. All is proved before it is visible.")
        {
            PopulateCommand.Create(),
            PlanCommand.Create(),
            MigrateCommand.Create(),
            ArchiveCommand.Create(),
            LedgerCommand.Create(),
            BackfillCommand.Create(),
            GapsCommand.Create(),
            TimescaleCommand.Create(),
            LiveCommand.Create(),
            RunCommand.Create(),
            NetworkCommand.Create(),
            ShowCommand.Create(),
            DemoCommand.Create(),
            BenchCommand.Create(),
            ServerCommand.Create(),
            ServerCommand.CreatePsql(),
            StatusCommand.Create(),
            CacheCommand.Create(),
            ReportCommand.Create(),
            HelpCommands.CreateVersion(),
            HelpCommands.CreateHelp(),
            HelpCommands.CreateCompletion(),
            ConfigCommand.Create(),
        };
        root.Options.Add(CommonOptions.Config());
        foreach (Option option in LogSettings.Options) root.Options.Add(option);
        OptionRules.Apply(root);
        return root;
    }

    /// <summary>Whether a command is run only for its text, so that an output error is a failure.</summary>
    public static bool IsRunForItsText(ParseResult parsed) =>
        Array.Exists(Tellers, name => CommandLine.Name(parsed).EndsWith(' ' + name, StringComparison.Ordinal));
}
