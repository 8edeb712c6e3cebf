using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Cli.Output.Progress;

/// <summary>Measures between samples: rates, the time split of the stages, the time left.</summary>
internal sealed class ProgressRates
{
    // Long enough that one COPY of a batch does not look like a stop.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    // Short enough that a mirror that has failed is seen in the estimate, long enough that the estimate does not jump.
    private static readonly TimeSpan EstimateWindow = TimeSpan.FromSeconds(30);

    private readonly Queue<JobProgress> looks = new();
    private readonly Queue<JobProgress> estimates = new();
    private TimeSpan fetchedAt;

    /// <summary>The last sample.</summary>
    public JobProgress Now { get; private set; } = new() { Job = "", Phase = "", Elapsed = TimeSpan.Zero };

    /// <summary>Rows per second in the last seconds.</summary>
    public double RowsPerSecond { get; private set; }

    /// <summary>Rows per second since the job began.</summary>
    public double RowsPerSecondOverall => Now.Rows / Math.Max(Now.Elapsed.TotalSeconds, 0.001);

    /// <summary>Fetched bytes per second in the last seconds.</summary>
    public double FetchedPerSecond { get; private set; }

    /// <summary>Whether every bucket is there, so that nothing can be waited for.</summary>
    public bool IsFetched => Now.Download is { Files: > 0 } download && download.Done >= download.Files;

    /// <summary>Units of the phase per second in the last seconds.</summary>
    public double DonePerSecond { get; private set; }

    /// <summary>
    /// Time left of the phase: bytes at the rate of the last 30 seconds, ledgers, which arrive in batches, at the overall rate. Null if
    /// unknown, as while no bytes arrive.
    /// </summary>
    public TimeSpan? Left { get; private set; }

    /// <summary>Time since the last fetched byte, as far as it was seen; zero if nothing is fetched.</summary>
    public TimeSpan FetchPause { get; private set; }

    /// <summary>Share of the last seconds in which the first stage waited for its source, measured by the stage.</summary>
    public double SourceWait { get; private set; }

    /// <summary>How each stage spent the last seconds.</summary>
    public IReadOnlyList<StageShare> Stages { get; private set; } = [];

    /// <summary>Takes a sample.</summary>
    public void Add(JobProgress look)
    {
        bool isOtherRun = Now.Job != look.Job || look.Elapsed < Now.Elapsed;
        if (isOtherRun || look.Download?.FetchedBytes != Now.Download?.FetchedBytes) fetchedAt = look.Elapsed;
        FetchPause = look.Download is null ? TimeSpan.Zero : look.Elapsed - fetchedAt;
        if (isOtherRun || Now.Phase != look.Phase)
        {
            looks.Clear();
            estimates.Clear();
        }

        Now = look;
        looks.Enqueue(look);
        while (looks.Count > 2 && look.Elapsed - looks.Peek().Elapsed > Window) looks.Dequeue();
        JobProgress before = looks.Peek();
        double seconds = (look.Elapsed - before.Elapsed).TotalSeconds;
        RowsPerSecond = Rate(look.Rows - before.Rows, seconds);
        DonePerSecond = Rate(look.Done - before.Done, seconds);
        FetchedPerSecond = Rate((look.Download?.FetchedBytes ?? 0) - (before.Download?.FetchedBytes ?? 0), seconds);
        Left = Estimate();
        SourceWait = seconds <= 0 || look.Stages.Count == 0 || before.Stages.Count == 0
            ? 0
            : Math.Clamp((look.Stages[0].WaitingForInput - before.Stages[0].WaitingForInput).TotalSeconds / seconds, 0, 1);
        Stages = seconds <= 0
            ? []
            : [.. look.Stages.Select(stage => Share(stage, before.Stages.FirstOrDefault(old => old.Name == stage.Name), seconds))];
    }

    private TimeSpan? Estimate()
    {
        estimates.Enqueue(Now);
        while (estimates.Count > 2 && Now.Elapsed - estimates.Peek().Elapsed > EstimateWindow) estimates.Dequeue();
        if (Now.Total <= 0 || Now.Done <= 0 || Now.PhaseElapsed.TotalSeconds < 1) return null;
        double rate = Now.Done / Now.PhaseElapsed.TotalSeconds;
        JobProgress before = estimates.Peek();
        if (Now.Unit == "bytes" && Now.Elapsed > before.Elapsed)
        {
            if (DonePerSecond <= 0) return null;
            rate = Rate(Now.Done - before.Done, (Now.Elapsed - before.Elapsed).TotalSeconds);
        }

        return TimeSpan.FromSeconds(Math.Max(0, Now.Total - Now.Done) / rate);
    }

    private static StageShare Share(StageProgress now, StageProgress? before, double seconds)
    {
        double all = seconds * now.Workers;
        double busy = Part(now.Busy, before?.Busy);
        double output = Part(now.WaitingForOutput, before?.WaitingForOutput);
        double fill = now.Capacity > 0 ? Math.Min(1, (double)now.Queued / now.Capacity) : 0;

        // The rest of the time is waiting for input, which a stage counts only after the wait has ended.
        return new StageShare(now.Name, busy, Math.Max(0, 1 - busy - output), output,
            now.External - (before?.External ?? TimeSpan.Zero) > (now.Busy - (before?.Busy ?? TimeSpan.Zero)) / 2, now.Queued, now.Capacity,
            fill);

        double Part(TimeSpan end, TimeSpan? begin) => Math.Clamp((end - (begin ?? TimeSpan.Zero)).TotalSeconds / all, 0, 1);
    }

    private static double Rate(long amount, double seconds) => seconds <= 0 ? 0 : Math.Max(0, amount) / seconds;
}
