namespace StellarPipeline.Stellar.Populate;

/// <summary>Tells the caller once a second where the load is.</summary>
internal sealed class ProgressReporter : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly Timer? timer;

    public ProgressReporter(IProgress<PopulateProgress>? progress, PhaseTimer phases, LoadRun? run)
    {
        if (progress is null) return;
        timer = new Timer(_ => progress.Report(new PopulateProgress(phases.Current ?? "", run?.Entries ?? 0, run?.RowsCopied ?? 0, run?.RawBytes ?? 0, phases.Elapsed)), null, Interval, Interval);
    }

    public void Dispose() => timer?.Dispose();
}
