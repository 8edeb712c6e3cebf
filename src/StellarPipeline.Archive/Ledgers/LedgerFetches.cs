using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>The objects of a range, fetched ahead in parallel and returned in order.</summary>
/// <remarks>Each read has its own instance; one caller at a time.</remarks>
internal sealed class LedgerFetches : IAsyncDisposable
{
    private readonly LedgerObjectReader reader;
    private readonly LedgerStoreLayout layout;
    private readonly ByteBudget budget;
    private readonly int maxAhead;
    private readonly uint last;
    private readonly CancellationTokenSource stop;
    private readonly Queue<Task<LedgerObject?>> ahead = [];
    private Task? grant;
    private long granted;

    public LedgerFetches(
        LedgerObjectReader reader, LedgerStoreLayout layout, ByteBudget budget, int maxAhead, uint first, uint last,
        CancellationToken cancellationToken)
    {
        this.reader = reader;
        this.layout = layout;
        this.budget = budget;
        this.maxAhead = maxAhead;
        this.last = last;
        NextUnasked = layout.FirstOf(first);
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>The first ledger of the first object that has not been requested.</summary>
    public ulong NextUnasked { get; private set; }

    /// <summary>Returns the next object.</summary>
    /// <returns>The object, which the caller releases; null if the store does not contain it, or the range has ended.</returns>
    public async ValueTask<LedgerObject?> NextAsync()
    {
        await AskAsync().ConfigureAwait(false);
        return ahead.Count == 0 ? null : await ahead.Dequeue().ConfigureAwait(false);
    }

    /// <summary>After a missing object, checks whether a later object that has already been requested exists.</summary>
    /// <returns>Its first ledger; null if there is none.</returns>
    public async Task<uint?> FindLaterAsync()
    {
        while (ahead.TryDequeue(out Task<LedgerObject?>? fetch))
        {
            if (await fetch.ConfigureAwait(false) is not { } found)
                continue;
            found.Block.Release();
            return found.First;
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        while (ahead.TryDequeue(out Task<LedgerObject?>? fetch))
        {
            await ((Task)fetch).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (fetch.IsCompletedSuccessfully)
                (await fetch.ConfigureAwait(false))?.Block.Release();
        }

        if (grant is not null)
        {
            await grant.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (grant.IsCompletedSuccessfully)
                budget.Release(granted);
        }

        stop.Dispose();
    }

    // Memory is requested in the order of the objects, so that the object needed first gets it first. Wait for memory only if no object is
    // on its way.
    private async ValueTask AskAsync()
    {
        while (ahead.Count < maxAhead && NextUnasked <= last)
        {
            // The first object shows how large the others are.
            if (!reader.IsSizeKnown && ahead.Count > 0)
                return;
            if (grant is null)
            {
                granted = reader.ExpectedBytes;
                grant = budget.AcquireAsync(granted, stop.Token).AsTask();
            }

            if (!grant.IsCompleted && ahead.Count > 0)
                return;
            await grant.ConfigureAwait(false);
            grant = null;
            uint ledger = (uint)NextUnasked;
            long lent = granted;
            ahead.Enqueue(Task.Run(() => reader.ReadAsync(ledger, lent, stop.Token), CancellationToken.None));
            NextUnasked = layout.LastOf(ledger) + 1UL;
        }
    }
}
