using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Moves oldest_ingest_ledger, in the transaction that changes the bookkeeping.</summary>
internal static class OldestCursor
{
    /// <summary>
    /// Lowers oldest_ingest_ledger to the lowest ledger that can be reached without a gap. A missing cursor is not created.
    /// </summary>
    /// <remarks>
    /// Runs under the lock of the bookkeeping: a batch that is not visible here commits later, and then lowers the cursor.
    /// </remarks>
    public static async Task LowerAsync(LoadTransaction load, BatchLog log, CancellationToken cancellationToken)
    {
        var store = new IngestStore(load);
        if (await store.GetAsync(IngestStore.Oldest, cancellationToken).ConfigureAwait(false) is not { } oldest) return;
        uint reached = await log.FindContiguousAsync(oldest, cancellationToken).ConfigureAwait(false);
        if (reached < oldest) await store.UpdateMinAsync(IngestStore.Oldest, reached, cancellationToken).ConfigureAwait(false);
    }
}
