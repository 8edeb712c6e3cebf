using System.CommandLine;
using System.Globalization;
using StellarPipeline.LoadTest.ForeignKeys;

namespace StellarPipeline.LoadTest.Backfill;

/// <summary>The subcommand <c>backfill-costs</c>: a backfill process, compared with the server's own COPY of the same rows.</summary>
internal static class BackfillCostCommand
{
    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var source = new Option<string>("--source") { Description = "A data store of the ledgers.", HelpName = "folder", Required = true };
        var network =
            new Option<string>("--network")
            {
                Description = "Their network.",
                HelpName = "name|passphrase",
                DefaultValueFactory = _ => "pubnet",
            };
        var from = new Option<uint>("--from") { Description = "The first ledger.", HelpName = "number", Required = true };
        var to = new Option<uint>("--to") { Description = "The last ledger.", HelpName = "number", Required = true };
        var before =
            new Option<int>("--before")
            {
                Description = "Number of ledgers at the start of the range that are in the tables before each measurement, as other rows.",
                HelpName = "number",
                DefaultValueFactory = _ => 100,
            };
        var connections =
            new Option<string>("--connections")
            {
                Description = "Numbers of connections to measure with, separated by commas.",
                HelpName = "numbers", DefaultValueFactory = _ => "1,2,4"
            };
        var layouts =
            new Option<string>("--layouts")
            {
                Description =
                    "Empty tables to measure, separated by commas: plain, partitioned; or only hypertables, if the server has TimescaleDB: "
                        + "then all measurements use them. They are filled separately and indexed afterwards.",
                HelpName = "names",
                DefaultValueFactory = _ => "plain,partitioned",
            };
        var rounds =
            new Option<int>("--rounds")
            {
                Description = "Rounds; each measures everything once.",
                HelpName = "rounds",
                DefaultValueFactory = _ => 5,
            };
        var shared = new CostCommandOptions(rounds);
        var command =
            new Command("backfill-costs",
                "Measures backfill in its own process, with proofs, compared with the server's own COPY of the same rows in the order of "
                    + "the primary keys in one session.")
            {
                source, network, from, to, before, connections, layouts,
            };
        shared.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            Checkout.RequireOptimized();

            var run = new BackfillCostRun
            {
                Source = parsed.GetValue(source)!,
                Network = parsed.GetValue(network)!,
                First = parsed.GetValue(from),
                Last = parsed.GetValue(to),
                Before = parsed.GetValue(before),
                Connections =
                    [.. parsed.GetValue(connections)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                        .Select(text => Number(text))],
                Layouts =
                    [.. parsed.GetValue(layouts)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                        .Select(text => Layout(text))],
                Costs = shared.Read(parsed, []),
            };
            if (run.UsesHypertables && run.Layouts.Count > 1)
                throw LoadTestException.Usage("--layouts hypertables stands alone: all tables of its run are hypertables.");
            if (run.Before < 1 || run.First + (long)run.Before > run.Last)
                throw LoadTestException.Usage("The range must have more ledgers than --before, and --before must be at least 1.");
            await run.RunAsync(Console.Out, token);
            return 0;
        });
        return command;
    }

    private static string Layout(string text) =>
        text is "plain" or "partitioned" or BackfillCostRun.Hypertables
            ? text
            : throw LoadTestException.Usage($"--layouts {text} must be plain, partitioned or both, or hypertables.");

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 64
            ? number
            : throw LoadTestException.Usage($"--connections {text} must be whole numbers from 1 to 64, separated by commas.");
}
