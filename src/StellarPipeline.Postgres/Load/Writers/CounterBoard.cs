namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Sums of what was written to each table. One thread adds, any may look.</summary>
internal sealed class CounterBoard
{
    // Never changed, only replaced: whoever reads it, from whatever thread, sees one state.
    private volatile CopyCounters[] counters = [];

    /// <summary>One entry for each table, in the order of first use.</summary>
    public IReadOnlyCollection<CopyCounters> Counters => counters;

    /// <summary>Adds what was confirmed of one batch.</summary>
    public void Add(RowBatch batch, in RowOutcome outcome, TimeSpan busy)
    {
        CopyCounters[] before = counters;
        int index = Array.FindIndex(before, sum => sum.Table.Equals(batch.Table));
        CopyCounters sum = index < 0 ? new CopyCounters(batch.Table, 0, 0, 0, TimeSpan.Zero) : before[index];
        sum = new CopyCounters(batch.Table, sum.Rows + batch.Rows, sum.Bytes + batch.Bytes, sum.Batches + 1, sum.Busy + busy)
        {
            Inserted = sum.Inserted + outcome.Inserted,
            Updated = sum.Updated + outcome.Updated,
            Deleted = sum.Deleted + outcome.Deleted,
            Ignored = sum.Ignored + outcome.Ignored,
            NotFound = sum.NotFound + outcome.NotFound,
        };
        counters = index < 0 ? [.. before, sum] : [.. before[..index], sum, .. before[(index + 1)..]];
    }
}
