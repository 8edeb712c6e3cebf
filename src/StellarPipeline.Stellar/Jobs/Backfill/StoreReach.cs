using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Finds out, before the load, where a data store ends and how old its ledgers are.</summary>
internal static class StoreReach
{
    /// <summary>Checks whether a store ends before a ledger.</summary>
    /// <param name="store">The store.</param>
    /// <param name="lowest">The first ledger of the range.</param>
    /// <param name="highest">The highest ledger that the run needs.</param>
    /// <param name="cancellationToken">Stops the requests: one if the store has the highest ledger, a few more if not.</param>
    /// <returns>
    /// An error that says where the store ends. Null if the store has the highest ledger, or if it lacks the lowest one: then reading
    /// reports the error.
    /// </returns>
    /// <exception cref="LedgerException">The store does not end there: it has a gap.</exception>
    public static async Task<LedgersEndedException?> FindEndAsync(
        LedgerStore store, uint lowest, uint highest, CancellationToken cancellationToken)
    {
        if (await store.ContainsAsync(highest, cancellationToken).ConfigureAwait(false)) return null;
        if (!await store.ContainsAsync(lowest, cancellationToken).ConfigureAwait(false)) return null;
        uint size = store.Layout.LedgersPerObject;
        uint there = store.Layout.FirstOf(lowest);
        uint absent = store.Layout.FirstOf(highest);
        while (absent - there > size)
        {
            uint middle = there + ((absent - there) / size / 2 * size);
            if (await store.ContainsAsync(middle, cancellationToken).ConfigureAwait(false)) there = middle;
            else absent = middle;
        }

        uint end = store.Layout.LastOf(there);
        try
        {
            // Reading past the last ledger tells an end from a gap.
            await foreach (LedgerBuffer ledger in store.ReadAsync(new LedgerRange(end, highest), cancellationToken).ConfigureAwait(false))
            {
                ledger.Dispose();
                if (ledger.Sequence > end) break;
            }

            return null;
        }
        catch (LedgersEndedException error)
        {
            return error;
        }
    }

    /// <summary>
    /// Close time of a ledger of a source, in seconds since 1970; null if it cannot be decoded: loading it reports the error.
    /// </summary>
    /// <exception cref="LedgerException">The source does not contain the ledger, or it is damaged.</exception>
    public static async Task<long?> CloseTimeAsync(
        ILedgerSource source, StellarNetwork network, uint ledger, CancellationToken cancellationToken)
    {
        long? closed = null;
        var range = new LedgerRange(ledger, ledger);
        await foreach (LedgerBuffer found in source.ReadAsync(range, cancellationToken).ConfigureAwait(false))
        {
            using (found) closed = CloseTime(found, network);
        }

        return closed;
    }

    /// <summary>Close time of a ledger, in seconds since 1970; null if it cannot be decoded.</summary>
    public static long? CloseTime(LedgerBuffer ledger, StellarNetwork network)
    {
        try
        {
            return (long)new LedgerReader(network.Id).Read(ledger.Span).CloseTimeSeconds;
        }
        catch (LedgerFormatException)
        {
            return null;
        }
    }
}
