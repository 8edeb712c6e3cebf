using System.CommandLine;
using Npgsql;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.LoadTest.Results;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>The subcommand <c>writer-costs</c>: the time of a batch with each way to write it.</summary>
/// <remarks>Rounds are interleaved (every way at every size, then all again): changes of the machine's speed affect all equally.</remarks>
internal static class WriterCostCommand
{
    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var rows =
            new Option<string>("--rows")
            {
                Description = "Rows of a batch; several sizes separated by commas.", HelpName = "rows",
                DefaultValueFactory = _ => "10,100,1000,10000,100000"
            };
        var rounds =
            new Option<int>("--rounds")
            {
                Description = "Rounds; each measures every way once at every size.",
                HelpName = "rounds",
                DefaultValueFactory = _ => 5,
            };
        var shared = new CostCommandOptions(rounds);
        var command = new Command("writer-costs", "Measures each way to write a batch, compared with COPY of the same rows.") { rows };
        shared.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            await RunAsync(shared.Read(parsed, CostCommandOptions.Sizes(parsed, rows, 1, 2 * WriterRows.Held)), Console.Out, token);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(CostOptions options, TextWriter log, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string? loadBefore = CostFacts.LoadAverage();
        await using CostServer server = await CostServer.OpenAsync(options, cancellationToken);
        await using NpgsqlDataSource database = await server.NewDatabaseAsync(withForeignKey: false, cancellationToken);
        var facts = new CostFacts(
            started, MachineFacts.Read(server.DataDirectory ?? AppContext.BaseDirectory), Checkout.Commit(), server.IsPrivate,
            await server.SettingsAsync(cancellationToken), loadBefore, null);
        List<WriterResult> results =
            [.. options.Children.SelectMany(size => WriterVariant.All, (size, variant) => new WriterResult(variant, size))];
        var load = new WriterLoad(database, new PagePool());

        // Not counted: the first transactions include the JIT compiler.
        foreach (WriterVariant variant in WriterVariant.All) await load.MeasureAsync(variant, 1_000, cancellationToken);
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (WriterResult result in results)
            {
                result.Milliseconds.Add(await load.MeasureAsync(result.Variant, result.Rows, cancellationToken));
                await log.WriteLineAsync(FormattableString.Invariant(
                    $"round {round}/{options.Rounds}  {result.Rows,8:N0}  {result.Variant.Name,-26} {result.Milliseconds[^1],9:F2} ms"));
            }
        }

        string section = new WriterCostSection(options, facts with { LoadAfter = CostFacts.LoadAverage() }, results).Write();
        await log.WriteLineAsync();
        await ResultFile.TellAsync(
            log, options.ResultsDirectory, facts.Machine, "-writers.md", "What writers cost", facts.Started, section, cancellationToken);
    }
}
