using System.CommandLine;
using System.Globalization;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>The subcommand <c>foreign-key-costs</c>.</summary>
internal static class CostCommand
{
    private const int MinChildren = 1_000;

    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var children = new Option<string>("--children") { Description = "Rows of the child table; several sizes separated by commas.", HelpName = "rows", DefaultValueFactory = _ => "1000000,4000000" };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; each measures every strategy once at every size.", HelpName = "rounds", DefaultValueFactory = _ => 3 };
        var database = new Option<string?>("--database") { Description = "Measure on this server, in databases of our own. Without it, a private server is started (wal_level replica, shared_buffers 1 GB, max_wal_size 16 GB, autovacuum off).", HelpName = "connection" };
        var serverDirectory = new Option<string?>("--server-directory") { Description = "Where the private server keeps its data. [default: the system's folder for temporary files]", HelpName = "directory" };
        var results = new Option<string?>("--results") { Description = "Folder to append the results to. [default: perf/results of the checkout]", HelpName = "directory" };
        var noResults = new Option<bool>("--no-results") { Description = "Print the results only." };
        var note = new Option<string?>("--note") { Description = "A sentence about this run for its readers, such as what else the machine did.", HelpName = "text" };

        var command = new Command("foreign-key-costs", "Measures what each way to keep a foreign key costs: seconds, WAL, server memory.") { children, rounds, database, serverDirectory, results, noResults, note };
        command.SetAction(async (parsed, token) =>
        {
            int roundCount = parsed.GetValue(rounds);
            if (roundCount < 1) throw LoadTestException.Usage(FormattableString.Invariant($"--rounds {roundCount}: give at least 1."));
            var options = new CostOptions
            {
                Children = [.. parsed.GetValue(children)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Size)],
                Rounds = roundCount,
                Database = parsed.GetValue(database),
                ServerDirectory = parsed.GetValue(serverDirectory),
                ResultsDirectory = parsed.GetValue(noResults) ? null : parsed.GetValue(results) ?? Checkout.ResultsDirectory(),
                Note = parsed.GetValue(note),
            };
            if (options.Children.Count == 0) throw LoadTestException.Usage("--children: name at least one size.");
            await new CostRun(options, Console.Out).RunAsync(token);
            return 0;
        });
        return command;
    }

    private static int Size(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) && rows >= MinChildren
            ? rows
            : throw LoadTestException.Usage(FormattableString.Invariant($"--children {text}: give whole numbers of at least {MinChildren:N0}, separated by commas."));
}
