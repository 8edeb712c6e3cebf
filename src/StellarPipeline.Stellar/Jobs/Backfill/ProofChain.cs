using StellarPipeline.Archive.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Joins the hash chains of the batches of one run, in whatever order the batches end.</summary>
/// <remarks>
/// A batch is announced before it is read. When its ledgers are proved to chain, it waits for the neighbour that was announced before it
/// (above it in a data store, below it in a stream) and is joined to it. So every batch relies on all batches announced before it, and none
/// becomes visible before them. Ledgers whose lease was lost may be announced again in other batches while the batch that lost them does
/// not know it yet: the latest announcement counts. Thread-safe.
/// </remarks>
/// <param name="isDescending">True if batches are read from the last one downwards.</param>
internal sealed class ProofChain(bool isDescending)
{
    private readonly Lock gate = new();
    private readonly Dictionary<uint, Entry> byFirst = [];
    private readonly Dictionary<uint, Entry> byLast = [];

    /// <summary>Whether the batches are read from the last one downwards.</summary>
    public bool IsDescending => isDescending;

    /// <summary>Announces a batch. Call it in the order in which batches are taken, one caller at a time.</summary>
    public void Announce(LedgerSpan span)
    {
        lock (gate)
        {
            if (Find(span) is { } same)
            {
                same.Announcements++;
                return;
            }

            foreach (Entry lost in byFirst.Values.Where(entry => entry.Span.Within(span) is not null).ToArray()) Remove(lost);
            var entry = new Entry(span);
            byFirst.Add(span.First, entry);
            byLast.Add(span.Last, entry);
        }
    }

    /// <summary>Whether a batch that begins at a ledger was announced.</summary>
    public bool IsAnnounced(uint first)
    {
        lock (gate) return byFirst.ContainsKey(first);
    }

    /// <summary>Whether the batch that this one will be joined to was announced.</summary>
    public bool HasNeighbour(LedgerSpan span)
    {
        lock (gate) return NeighbourOf(span) is not null;
    }

    /// <summary>Waits for the neighbour of a batch, and joins the chains of both.</summary>
    /// <param name="span">The batch, as announced.</param>
    /// <param name="own">The chain of its ledgers. The caller must not use it afterwards.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>The chain of this batch and all batches that it is joined to.</returns>
    /// <exception cref="LedgerException">The chains do not follow each other.</exception>
    /// <exception cref="LeaseLostException">Its ledgers were announced again in another batch.</exception>
    /// <exception cref="OperationCanceledException">The neighbour was abandoned.</exception>
    public async Task<LedgerChain> JoinAsync(LedgerSpan span, LedgerChain own, CancellationToken cancellationToken)
    {
        Entry entry;
        Entry? neighbour;
        lock (gate)
        {
            entry = Find(span) ?? throw BackfillThrow.LeaseLost(span);
            neighbour = NeighbourOf(span);
        }

        var whole = new LedgerChain();
        if (neighbour is not null && !isDescending) whole.Join(await ProvedAsync(neighbour).ConfigureAwait(false));
        whole.Join(own);
        if (neighbour is not null && isDescending) whole.Join(await ProvedAsync(neighbour).ConfigureAwait(false));
        lock (gate)
        {
            if (entry.Proof.TrySetResult(whole)) entry.Own = own;
            if (neighbour is not null)
            {
                neighbour.IsJoined = true;
                Forget(neighbour);
            }
        }

        // This may be a second attempt, which read the ledgers again, while other batches may already rely on the first reading.
        if (!IsSame(entry.Own!, own)) throw BackfillThrow.SourceChanged(span);
        return await ProvedAsync(entry).ConfigureAwait(false);

        Task<LedgerChain> ProvedAsync(Entry other) => other.Proof.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Marks a batch as committed. It is forgotten when its other neighbour has been joined to it.</summary>
    public void Complete(LedgerSpan span)
    {
        lock (gate)
        {
            if (Find(span) is not { } entry) return;
            entry.IsCommitted = true;
            Forget(entry);
        }
    }

    /// <summary>Abandons a batch for good, so that no other batch waits for it.</summary>
    public void Abandon(LedgerSpan span)
    {
        lock (gate)
        {
            if (Find(span) is { } entry && --entry.Announcements == 0) Remove(entry);
        }
    }

    /// <summary>The proofs: one for each stretch of ledgers, in order.</summary>
    public IReadOnlyList<LedgerProof> Proofs()
    {
        lock (gate)
        {
            return [.. byFirst.Values.Where(entry => entry is { IsJoined: false, Own: not null }).OrderBy(entry => entry.Span.First)
                .Select(entry => entry.Proof.Task.Result.ToProof())];
        }
    }

    private Entry? Find(LedgerSpan span) =>
        byFirst.TryGetValue(span.First, out Entry? entry) && entry.Span == span ? entry : null;

    private void Remove(Entry entry)
    {
        byFirst.Remove(entry.Span.First);
        byLast.Remove(entry.Span.Last);
        entry.Proof.TrySetCanceled();
    }

    private Entry? NeighbourOf(LedgerSpan span) =>
        isDescending ? byFirst.GetValueOrDefault(span.Last + 1) : byLast.GetValueOrDefault(span.First - 1);

    // Bounds memory: a run may have any number of batches.
    private void Forget(Entry entry)
    {
        if (entry is not { IsJoined: true, IsCommitted: true }) return;
        byFirst.Remove(entry.Span.First);
        byLast.Remove(entry.Span.Last);
    }

    private static bool IsSame(LedgerChain left, LedgerChain right) =>
        left.FirstHash == right.FirstHash && left.PreviousHash == right.PreviousHash && left.LastHash == right.LastHash;

    private sealed class Entry(LedgerSpan span)
    {
        public LedgerSpan Span { get; } = span;

        public TaskCompletionSource<LedgerChain> Proof { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LedgerChain? Own { get; set; }

        public int Announcements { get; set; } = 1;

        public bool IsJoined { get; set; }

        public bool IsCommitted { get; set; }
    }
}
