using System.CommandLine;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.ForeignKeys;

namespace StellarPipeline.LoadTest.Views;

/// <summary>
/// The subcommand <c>view-costs</c>: what it costs a load to be looked at, by the live view in a terminal and by the page of the dashboard.
/// </summary>
internal static class ViewCostCommand
{
    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var entries =
            new Option<int?>("--entries")
            {
                Description = "Live entries of the archive. [default: 6,600,000, the archive of the other measurements]",
                HelpName = "entries",
            };
        var data =
            new Option<string>("--data")
            {
                Description = "Folder that keeps the archive; the server's user must be able to read it.",
                HelpName = "directory",
                DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "pipeline-load-test"),
            };
        var rounds =
            new Option<int>("--rounds")
            {
                Description = "Rounds; each is a pair of loads, whose order changes from round to round.",
                HelpName = "rounds",
                DefaultValueFactory = _ => 7,
            };
        var shared = new CostCommandOptions(rounds);
        var command =
            new Command("view-costs",
                "Measures the published program with --progress none against the same with the live view in a pseudo-terminal and a "
                    + "dashboard that one reader follows.") { entries, data };
        shared.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            Checkout.RequireOptimized();

            int? count = parsed.GetValue(entries);
            if (count < 1_000) throw LoadTestException.Usage($"--entries {count}: give at least 1,000.");
            var run = new ViewCostRun
            {
                Size = count is { } wanted ? DatasetSize.OfEntries(wanted) : DatasetSize.Default,
                DataDirectory = parsed.GetValue(data)!,
                Costs = shared.Read(parsed, []),
            };
            await run.RunAsync(Console.Out, token);
            return 0;
        });
        return command;
    }
}
