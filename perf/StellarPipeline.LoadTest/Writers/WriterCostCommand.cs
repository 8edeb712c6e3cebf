using System.CommandLine;
using System.Globalization;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.LoadTest.Results;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>The subcommand <c>writer-costs</c>: how long a batch takes by each way to write it.</summary>
/// <remarks>Rounds are interleaved (every way at every size, then all again), so that a machine that drifts drifts for all alike.</remarks>
internal static class WriterCostCommand
{
    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var rows = new Option<string>("--rows") { Description = "Rows of a batch; several sizes separated by commas.", HelpName = "rows", DefaultValueFactory = _ => "10,100,1000,10000,100000" };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; each measures every way once at every size.", HelpName = "rounds", DefaultValueFactory = _ => 5 };
        var serverDirectory = new Option<string?>("--server-directory") { Description = "Where the private server keeps its data. [default: the system's folder for temporary files]", HelpName = "directory" };
        var results = new Option<string?>("--results") { Description = "Folder to append the results to. [default: perf/results of the checkout]", HelpName = "directory" };
        var noResults = new Option<bool>("--no-results") { Description = "Print the results only." };
        var note = new Option<string?>("--note") { Description = "A sentence about this run for its readers, such as what else the machine did.", HelpName = "text" };

        var command = new Command("writer-costs", "Measures what each way to write a batch costs, against COPY of the same rows.") { rows, rounds, serverDirectory, results, noResults, note };
        command.SetAction(async (parsed, token) =>
        {
            int roundCount = parsed.GetValue(rounds);
            if (roundCount < 1) throw LoadTestException.Usage(FormattableString.Invariant($"--rounds {roundCount}: give at least 1."));
            var options = new CostOptions
            {
                Children = [.. parsed.GetValue(rows)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Size)],
                Rounds = roundCount,
                ServerDirectory = parsed.GetValue(serverDirectory),
                ResultsDirectory = parsed.GetValue(noResults) ? null : parsed.GetValue(results) ?? Checkout.ResultsDirectory(),
                Note = parsed.GetValue(note),
            };
            await RunAsync(options, Console.Out, token);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(CostOptions options, TextWriter log, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string? loadBefore = CostFacts.LoadAverage();
        await using CostServer server = await CostServer.OpenAsync(options, cancellationToken);
        await using var database = await server.NewDatabaseAsync(withForeignKey: false, cancellationToken);
        var facts = new CostFacts(
            started, MachineFacts.Read(server.DataDirectory ?? AppContext.BaseDirectory), Checkout.Commit(), server.IsPrivate, await server.SettingsAsync(cancellationToken), loadBefore, null);
        List<WriterResult> results = [.. options.Children.SelectMany(size => WriterVariant.All, (size, variant) => new WriterResult(variant, size))];
        var load = new WriterLoad(database, new PagePool());

        // Not counted: the first transactions also pay for compiling our own code.
        foreach (WriterVariant variant in WriterVariant.All) await load.MeasureAsync(variant, 1_000, cancellationToken);
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (WriterResult result in results)
            {
                result.Milliseconds.Add(await load.MeasureAsync(result.Variant, result.Rows, cancellationToken));
                await log.WriteLineAsync(FormattableString.Invariant($"round {round}/{options.Rounds}  {result.Rows,8:N0}  {result.Variant.Name,-26} {result.Milliseconds[^1],9:F2} ms"));
            }
        }

        string section = new WriterCostSection(options, facts with { LoadAfter = CostFacts.LoadAverage() }, results).Write();
        await log.WriteLineAsync();
        await log.WriteLineAsync(section);
        if (options.ResultsDirectory is { } directory) await log.WriteLineAsync($"Appended to {await ResultFile.AppendAsync(directory, facts.Machine, "-writers.md", "What writers cost", facts.Started, section, cancellationToken)}.");
    }

    private static int Size(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) && rows is > 0 and <= 2 * WriterRows.Held
            ? rows
            : throw LoadTestException.Usage(FormattableString.Invariant($"--rows {text}: give whole numbers of 1 to {2 * WriterRows.Held:N0}, separated by commas."));
}
