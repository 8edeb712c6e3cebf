using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Cli.Output.Progress;

/// <summary>Measures between samples: rates, the time split of the stages, the time left.</summary>
internal sealed class ProgressRates
{
    // Long enough that one COPY of a batch does not look like a stop.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<JobProgress> looks = new();

    /// <summary>The last sample.</summary>
    public JobProgress Now { get; private set; } = new() { Job = "", Phase = "", Elapsed = TimeSpan.Zero };

    /// <summary>Rows per second in the last seconds.</summary>
    public double RowsPerSecond { get; private set; }

    /// <summary>Rows per second since the job began.</summary>
    public double RowsPerSecondOverall => Now.Rows / Math.Max(Now.Elapsed.TotalSeconds, 0.001);

    /// <summary>Fetched bytes per second in the last seconds.</summary>
    public double FetchedPerSecond { get; private set; }

    /// <summary>Units of the phase per second in the last seconds.</summary>
    public double DonePerSecond { get; private set; }

    /// <summary>Time left of the phase at its overall rate; null if unknown.</summary>
    public TimeSpan? Left { get; private set; }

    /// <summary>Share of the last seconds in which the first stage waited for its source, measured by the stage.</summary>
    public double SourceWait { get; private set; }

    /// <summary>How each stage spent the last seconds.</summary>
    public IReadOnlyList<StageShare> Stages { get; private set; } = [];

    /// <summary>Takes a sample.</summary>
    public void Add(JobProgress look)
    {
        if (Now.Job != look.Job || Now.Phase != look.Phase || look.Elapsed < Now.Elapsed) looks.Clear();
        Now = look;
        looks.Enqueue(look);
        while (looks.Count > 2 && look.Elapsed - looks.Peek().Elapsed > Window) looks.Dequeue();
        JobProgress before = looks.Peek();
        double seconds = (look.Elapsed - before.Elapsed).TotalSeconds;
        RowsPerSecond = Rate(look.Rows - before.Rows, seconds);
        DonePerSecond = Rate(look.Done - before.Done, seconds);
        FetchedPerSecond = Rate((look.Download?.FetchedBytes ?? 0) - (before.Download?.FetchedBytes ?? 0), seconds);
        double overall = look.Done / Math.Max(look.PhaseElapsed.TotalSeconds, 0.001);
        Left = look.Total > 0 && look.Done > 0 && look.PhaseElapsed.TotalSeconds >= 1
            ? TimeSpan.FromSeconds((look.Total - look.Done) / overall)
            : null;
        SourceWait = seconds <= 0 || look.Stages.Count == 0 || before.Stages.Count == 0
            ? 0
            : Math.Clamp((look.Stages[0].WaitingForInput - before.Stages[0].WaitingForInput).TotalSeconds / seconds, 0, 1);
        Stages = seconds <= 0
            ? []
            : [.. look.Stages.Select(stage => Share(stage, before.Stages.FirstOrDefault(old => old.Name == stage.Name), seconds))];
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
