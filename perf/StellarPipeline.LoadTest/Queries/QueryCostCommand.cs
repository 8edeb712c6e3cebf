using System.CommandLine;
using StellarPipeline.LoadTest.ForeignKeys;

namespace StellarPipeline.LoadTest.Queries;

/// <summary>
/// The subcommand <c>query-costs</c>: the time of each query of the data layer on millions of rows, compared with rejected forms of the
/// query; plain and compressed, cold and warm.
/// </summary>
internal static class QueryCostCommand
{
    private const string All = "all";

    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var changes =
            new Option<long>("--changes")
            {
                Description = "Number of state changes in the tables.",
                HelpName = "rows",
                DefaultValueFactory = _ => 5_000_000,
            };
        var accounts =
            new Option<int>("--accounts")
            {
                Description = "Number of accounts of the rows.",
                HelpName = "count",
                DefaultValueFactory = _ => 20_000,
            };
        var questions =
            new Option<int>("--questions")
            {
                Description = "Runs of each query with warm tables; a fifth of this number just after a restart of the server.",
                HelpName = "count",
                DefaultValueFactory = _ => 200,
            };
        var seconds =
            new Option<int>("--seconds")
            {
                Description = "Most seconds for the queries of one kind of table.",
                HelpName = "seconds",
                DefaultValueFactory = _ => 40,
            };
        Option<string> tables = new Option<string>("--tables")
        {
            Description = "The tables to measure.",
            DefaultValueFactory = _ => All,
        }.AcceptOnlyFromAmong(All, QueryCostRun.Plain, QueryCostRun.Compressed);
        var shared = new CostCommandOptions(questions);
        var command =
            new Command("query-costs",
                "Measures the queries of the data layer on plain tables and, if the server has TimescaleDB, on compressed hypertables: "
                    + "just after a restart of the server, and warm.") { changes, accounts, seconds, tables };
        shared.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            int owners = parsed.GetValue(accounts);
            if (owners <= QueryCostState.Rich || parsed.GetValue(changes) < 10_000 || parsed.GetValue(seconds) < 1)
                throw LoadTestException.Usage("query-costs needs at least 10,000 state changes, 11 accounts and 1 second.");
            var run = new QueryCostRun(
                shared.Read(parsed, []), new QueryCostData(parsed.GetValue(changes), owners), owners,
                TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                parsed.GetValue(tables) is not All and { } kind ? [kind] : QueryCostRun.Kinds);
            await run.RunAsync(Console.Out, token);
            return 0;
        });
        return command;
    }
}
