using System.CommandLine;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.ForeignKeys;

namespace StellarPipeline.LoadTest.Views;

/// <summary>
/// The subcommand <c>view-costs</c>: the cost of the live view in a terminal and of the dashboard for a load.
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
                Description = "Folder for the archive, which is kept; the server's user must be able to read it.",
                HelpName = "directory",
                DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "pipeline-load-test"),
            };
        var rounds =
            new Option<int>("--rounds")
            {
                Description = "Rounds; each is a pair of loads, whose order alternates.",
                HelpName = "rounds",
                DefaultValueFactory = _ => 7,
            };
        var shared = new CostCommandOptions(rounds);
        var command =
            new Command("view-costs",
                "Measures the published program with the live view in a pseudo-terminal and a dashboard with one reader, compared "
                    + "with --progress none.") { entries, data };
        shared.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            Checkout.RequireOptimized();

            int? count = parsed.GetValue(entries);
            if (count < 1_000) throw LoadTestException.Usage($"--entries is {count}; it must be at least 1,000.");
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
