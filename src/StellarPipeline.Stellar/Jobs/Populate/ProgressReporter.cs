using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Reports to the caller once a second how far the load is, from its first phase to its last.</summary>
internal sealed class ProgressReporter : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IProgress<PopulateProgress>? progress;
    private readonly PhaseTimer phases;
    private readonly HistoryArchive archive;
    private readonly ByteBudget budget;
    private readonly Timer? timer;
    private string phase = "";
    private TimeSpan phaseBegan;

    /// <summary>Starts reporting.</summary>
    /// <param name="progress">Gets the reports; null for none, and then nothing is measured.</param>
    /// <param name="phases">The phases before the load.</param>
    /// <param name="archive">The archive of the load.</param>
    /// <param name="budget">The budget of the encoded rows.</param>
    public ProgressReporter(IProgress<PopulateProgress>? progress, PhaseTimer phases, HistoryArchive archive, ByteBudget budget)
    {
        this.progress = progress;
        this.phases = phases;
        this.archive = archive;
        this.budget = budget;
        if (progress is not null) timer = new Timer(_ => progress.Report(Look()), null, Interval, Interval);
    }

    /// <summary>The graph; null until it exists.</summary>
    public EntryPipeline? Pipeline { get; set; }

    /// <summary>The load; null until it exists.</summary>
    public BulkLoad? Load { get; set; }

    /// <summary>Compressed bytes of the buckets that the entries come from; 0 while unknown.</summary>
    public long StoredBytes { get; set; }

    /// <summary>Stops reporting.</summary>
    public void Dispose() => timer?.Dispose();

    /// <summary>
    /// The phase to show. Between two phases, and after the last one, it is still the one before: a load does not go back.
    /// </summary>
    /// <param name="preparing">The running phase before the load's own; null for none.</param>
    /// <param name="loading">The running phase of the load; null or empty for none.</param>
    /// <param name="shown">The phase shown before; empty for none.</param>
    internal static string PhaseOf(string? preparing, string? loading, string shown) =>
        preparing ?? (loading is { Length: > 0 } ? loading : shown.Length > 0 ? shown : "prepare");

    private PopulateProgress Look()
    {
        BulkLoad? load = Load;
        EntryPipeline? pipeline = Pipeline;
        TimeSpan elapsed = phases.Elapsed;
        string now = PhaseOf(phases.Current, load?.Phase, phase);
        if (now != phase)
        {
            phase = now;
            phaseBegan = elapsed;
        }

        DownloadProgress? download = archive.Transport is CachingTransport cache ? DownloadProgress.Of(cache) : null;
        TableProgress[] tables = load is null ? [] : [.. load.Counters.Select(table => new TableProgress(table.Table.Name, table.Rows))];
        long rows = tables.Sum(table => table.Rows);
        (long done, long total) = now switch
        {
            "fetch" when download is not null => (download.Bytes, download.TotalBytes),
            "load" => (pipeline?.StoredBytes ?? 0, StoredBytes),
            _ => (0, 0),
        };
        return new PopulateProgress(now, pipeline?.Entries ?? 0, rows, pipeline?.RawBytes ?? 0, elapsed)
        {
            Job = new JobProgress
            {
                Job = "populate",
                Phase = now,
                Elapsed = elapsed,
                PhaseElapsed = elapsed - phaseBegan,
                Done = Math.Min(done, total),
                Total = total,
                Entries = pipeline?.Entries ?? 0,
                Rows = rows,
                Stages = [.. pipeline?.Progress() ?? [], .. load?.Stages.Select(StageProgress.Of) ?? []],
                Tables = tables,
                Download = download,
                RowBytesInFlight = budget.LentBytes,
                RowBytesLimit = budget.LimitBytes,
            },
        };
    }
}
