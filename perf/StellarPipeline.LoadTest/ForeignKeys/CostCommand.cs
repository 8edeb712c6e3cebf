using System.CommandLine;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>The subcommand <c>foreign-key-costs</c>.</summary>
internal static class CostCommand
{
    private const int MinChildren = 1_000;

    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var children =
            new Option<string>("--children")
            {
                Description = "Rows of the child table; several sizes separated by commas.",
                HelpName = "rows", DefaultValueFactory = _ => "1000000,4000000"
            };
        var rounds =
            new Option<int>("--rounds")
            {
                Description = "Rounds; each measures every strategy once at every size.", HelpName = "rounds",
                DefaultValueFactory = _ => 3
            };
        var database =
            new Option<string?>("--database")
            {
                Description =
                    "Measure on this server, in separate databases. Without it, a private server is started (wal_level replica, "
                        + "shared_buffers 1 GB, max_wal_size 16 GB, autovacuum off).",
                HelpName = "connection",
            };
        var shared = new CostCommandOptions(rounds);
        var command =
            new Command("foreign-key-costs",
                "Measures the cost of each foreign-key strategy: seconds, WAL, server memory.") { children, database };
        shared.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            CostOptions options = shared.Read(parsed, CostCommandOptions.Sizes(parsed, children, MinChildren, int.MaxValue)) with
            {
                Database = parsed.GetValue(database),
            };
            await new CostRun(options, Console.Out).RunAsync(token);
            return 0;
        });
        return command;
    }
}
