namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Totals of what was written to each table. One thread adds; any thread may read.</summary>
internal sealed class CounterBoard
{
    // Never changed, only replaced, so every thread reads a consistent state.
    private volatile CopyCounters[] counters = [];

    /// <summary>One entry for each table, in the order of first use.</summary>
    public IReadOnlyCollection<CopyCounters> Counters => counters;

    /// <summary>Adds the confirmed counts of one batch.</summary>
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
