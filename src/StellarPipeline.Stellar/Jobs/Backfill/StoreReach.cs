using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Finds out, before anything is loaded, how far a data store reaches and how old its ledgers are.</summary>
internal static class StoreReach
{
    /// <summary>Looks whether a store ends early.</summary>
    /// <param name="store">The store.</param>
    /// <param name="lowest">The first ledger of the range.</param>
    /// <param name="highest">The highest ledger that is wanted of it.</param>
    /// <param name="cancellationToken">Ends the questions: some for a store that ends early, one for another.</param>
    /// <returns>
    /// What tells where it ends. Null where the store has the highest ledger, and where it does not have the lowest one: then reading tells
    /// what is wrong.
    /// </returns>
    /// <exception cref="LedgerException">The store does not end, it has a hole.</exception>
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
            // The ledger behind the end tells an end from a hole.
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
    /// When a ledger of a source closed, in seconds since 1970; null for one that cannot be decoded: loading it tells more.
    /// </summary>
    /// <exception cref="LedgerException">The source does not have it, or it is damaged.</exception>
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

    /// <summary>When a ledger closed, in seconds since 1970; null for one that cannot be decoded.</summary>
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
