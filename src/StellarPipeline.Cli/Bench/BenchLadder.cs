using System.Diagnostics;

namespace StellarPipeline.Cli.Bench;

/// <summary>Measures the rungs of a ladder round by round, so that changes of the machine's speed affect all rungs alike.</summary>
/// <remarks>A warm-up round, which is not counted, compiles the code and reads the files into memory.</remarks>
internal static class BenchLadder
{
    /// <summary>Measures the rungs.</summary>
    /// <param name="rungs">The rungs, from the bottom upwards.</param>
    /// <param name="rounds">How often each is measured, 1 or more.</param>
    /// <param name="tell">Called with each measurement; those of round 0 are not counted.</param>
    /// <param name="cancellationToken">Ends the measuring.</param>
    public static async Task<IReadOnlyList<BenchResult>> RunAsync(
        IReadOnlyList<BenchRung> rungs, int rounds, Action<int, BenchRung, BenchTime> tell, CancellationToken cancellationToken)
    {
        List<BenchTime>[] times = [.. rungs.Select(_ => new List<BenchTime>())];
        for (int round = 0; round <= rounds; round++)
        {
            for (int index = 0; index < rungs.Count; index++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                BenchTime time = await rungs[index].MeasureAsync(cancellationToken);
                if (round > 0) times[index].Add(time);
                tell(round, rungs[index], time);
            }
        }

        return [.. rungs.Select((rung, index) => new BenchResult(rung, times[index]))];
    }

    /// <summary>A rung that needs no server.</summary>
    /// <param name="name">Its name in the report.</param>
    /// <param name="adds">What it adds to the rung below.</param>
    /// <param name="work">Does the work; returns the numbers of items and rows.</param>
    public static BenchRung Client(string name, string adds, Func<CancellationToken, Task<(long Items, long Rows)>> work) =>
        new(name, adds, IsServer: false, token => TimeAsync(() => work(token)));

    /// <summary>Measures one piece of work.</summary>
    /// <param name="work">Does the work; returns the numbers of items and rows.</param>
    public static async Task<BenchTime> TimeAsync(Func<Task<(long Items, long Rows)>> work)
    {
        using var process = Process.GetCurrentProcess();
        TimeSpan cpu = process.TotalProcessorTime;
        long began = Stopwatch.GetTimestamp();
        (long items, long rows) = await work();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        process.Refresh();
        return new BenchTime(seconds, (process.TotalProcessorTime - cpu).TotalSeconds, items, rows);
    }

    /// <summary>A sentence that says whether this program or the server bounds a load.</summary>
    public static string Sentence(IReadOnlyList<BenchResult> results)
    {
        BenchResult? client = results.LastOrDefault(result => !result.Rung.IsServer);
        BenchResult? fastest = results.Where(result => result.Rung.IsServer).MinBy(result => result.Median);
        if (client is null || fastest is null) return "Too few layers were measured to tell what bounds a load.";
        double share = client.Median / Math.Max(fastest.Median, 1e-9);
        string facts = FormattableString.Invariant(
            $"Everything before the server takes {client.Median:F2} s ({client.Rung.Name}), the fastest load {fastest.Median:F2} s ")
            + $"({fastest.Rung.Name})";
        return share > 0.8
            ? $"{facts}: this program bounds the load. More processors for it help; a faster server does not."
            : $"{facts}: the server bounds the load. The rungs that add indexes and connections show where the time goes.";
    }
}
