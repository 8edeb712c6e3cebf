using StellarPipeline.LoadTest.Results;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>One run: server, rounds, results.</summary>
/// <remarks>
/// Rounds are interleaved (every strategy at every size, then all again), so that changes of the machine's speed affect all equally.
/// </remarks>
internal sealed class CostRun(CostOptions options, TextWriter log)
{
    private const int WarmUpChildren = 10_000;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string? loadBefore = CostFacts.LoadAverage();
        List<CostResult> results =
            [.. options.Children.SelectMany(children => CostVariant.All, (children, variant) => new CostResult(variant, children))];
        await using CostServer server = await CostServer.OpenAsync(options, cancellationToken);
        var facts = new CostFacts(
            started, MachineFacts.Read(server.DataDirectory ?? AppContext.BaseDirectory), Checkout.Commit(), server.IsPrivate,
            await server.SettingsAsync(cancellationToken), loadBefore, null);
        var load = new CostLoad(server, new PagePool());
        // Not counted: the first loads include the JIT compiler.
        foreach (CostVariant variant in CostVariant.All) await load.MeasureAsync(variant, WarmUpChildren, cancellationToken);
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (CostResult result in results)
            {
                CostMeasurement measured = await load.MeasureAsync(result.Variant, result.Children, cancellationToken);
                result.Rounds.Add(measured);
                await log.WriteLineAsync(FormattableString.Invariant(
                    $"round {round}/{options.Rounds}  {result.Children,10:N0}  {result.Variant.Name,-25} {measured.Seconds,8:F2} s"));
            }
        }

        string section = new CostSection(options, facts with { LoadAfter = CostFacts.LoadAverage() }, results).Write();
        await log.WriteLineAsync();
        await ResultFile.TellAsync(
            log, options.ResultsDirectory, facts.Machine, "-foreign-keys.md", "What foreign keys cost", facts.Started, section,
            cancellationToken);
    }
}
