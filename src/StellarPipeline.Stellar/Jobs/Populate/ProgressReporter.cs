using StellarPipeline.Postgres.Load;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Tells the caller once a second where the load is.</summary>
internal sealed class ProgressReporter : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly Timer? timer;

    public ProgressReporter(IProgress<PopulateProgress>? progress, PhaseTimer phases, Func<string>? phaseOfLoad, EntryPipeline? pipeline, BulkLoad? load)
    {
        if (progress is null) return;
        timer = new Timer(
            _ => progress.Report(new PopulateProgress(
                phases.Current ?? phaseOfLoad?.Invoke() ?? "", pipeline?.Entries ?? 0, load?.Counters.Sum(table => table.Rows) ?? 0, pipeline?.RawBytes ?? 0, phases.Elapsed)),
            null, Interval, Interval);
    }

    public void Dispose() => timer?.Dispose();
}
