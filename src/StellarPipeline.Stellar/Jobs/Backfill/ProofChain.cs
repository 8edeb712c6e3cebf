using StellarPipeline.Archive.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Joins the chains of the batches of one run, whatever the order in which they end.</summary>
/// <remarks>
/// A batch is announced before it is read. Once its ledgers are proved to chain, it waits for the neighbour that was announced before it,
/// above it in a data store and below it in a stream, and is joined to it: so every batch rests on all that was announced before it, and
/// none becomes visible before. Ledgers whose lease was lost may be announced again, cut in another way, while the batch that lost them
/// does not know yet: what was announced last counts. Thread-safe.
/// </remarks>
/// <param name="isDescending">True where the batches are read from the last one downwards.</param>
internal sealed class ProofChain(bool isDescending)
{
    private readonly Lock gate = new();
    private readonly Dictionary<uint, Entry> byFirst = [];
    private readonly Dictionary<uint, Entry> byLast = [];

    /// <summary>Whether the batches are read from the last one downwards.</summary>
    public bool IsDescending => isDescending;

    /// <summary>Announces a batch. In the order in which the batches are taken, one caller at a time.</summary>
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

    /// <summary>Whether a batch that begins with a ledger was announced.</summary>
    public bool IsAnnounced(uint first)
    {
        lock (gate) return byFirst.ContainsKey(first);
    }

    /// <summary>Whether the batch that this one is joined to was announced.</summary>
    public bool HasNeighbour(LedgerSpan span)
    {
        lock (gate) return NeighbourOf(span) is not null;
    }

    /// <summary>Joins the chain of a batch to its neighbour's, waiting for that one.</summary>
    /// <param name="span">The batch, as it was announced.</param>
    /// <param name="own">The chain of its ledgers; not used by the caller any more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The chain of all batches that it is joined to.</returns>
    /// <exception cref="LedgerException">The two do not follow each other.</exception>
    /// <exception cref="LeaseLostException">Its ledgers were announced again meanwhile, cut in another way.</exception>
    /// <exception cref="OperationCanceledException">The neighbour was given up.</exception>
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

        // A second try has read the ledgers again, while others may rest on what the first one read.
        if (!IsSame(entry.Own!, own)) throw BackfillThrow.SourceChanged(span);
        return await ProvedAsync(entry).ConfigureAwait(false);

        Task<LedgerChain> ProvedAsync(Entry other) => other.Proof.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Says that a batch is committed: nothing more is asked about it once its other neighbour is joined to it.</summary>
    public void Complete(LedgerSpan span)
    {
        lock (gate)
        {
            if (Find(span) is not { } entry) return;
            entry.IsCommitted = true;
            Forget(entry);
        }
    }

    /// <summary>Says that a batch is given up for good, so that nobody waits for it.</summary>
    public void Abandon(LedgerSpan span)
    {
        lock (gate)
        {
            if (Find(span) is { } entry && --entry.Announcements == 0) Remove(entry);
        }
    }

    /// <summary>What was proved: one for each stretch of ledgers, in order.</summary>
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

    // A run may have any number of batches.
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
