using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// The changes of one operation to ledger entries: raw changes paired to before and after, ordered by key. Computed once per operation, on
/// first use.
/// </summary>
/// <remarks>
/// | raw changes | pair |
/// | CREATED | nothing → the entry |
/// | STATE or RESTORED, then UPDATED | the entry before → the entry after |
/// | STATE or RESTORED, then REMOVED | the entry before → nothing |
/// | RESTORED | nothing → the entry; a separate pair even if an UPDATED follows |
/// | STATE alone | none |
/// The reader of ledgers has checked that both images of a pair have the same key. Pairs are sorted by the bytes of the ledger key; pairs
/// of one key keep their order.
/// </remarks>
internal sealed class OperationChanges
{
    private const int CountStart = 64;

    private ChangePair[] pairs = new ChangePair[CountStart];
    private int[] order = new int[CountStart];
    private int[] scratch = new int[CountStart];
    private int count;
    private long loadedFor;

    /// <summary>Forgets the last operation.</summary>
    public void Clear() => loadedFor = 0;

    /// <summary>The pairs of an operation in the order of their keys.</summary>
    public PairSequence Of(scoped in OperationContext operation)
    {
        LedgerChanges changes = operation.Changes;
        if (loadedFor != operation.Id)
        {
            Load(operation.Encoded, changes);
            loadedFor = operation.Id;
        }

        return new PairSequence(operation.Encoded, changes, pairs, order.AsSpan(0, count));
    }

    /// <summary>Finds the first pair of an entry.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="type">Type of the entry.</param>
    /// <param name="keyBody">Its key, without the type.</param>
    /// <param name="found">The pair.</param>
    public bool TryFind(scoped in OperationContext operation, LedgerEntryType type, scoped ReadOnlySpan<byte> keyBody, out PairView found)
    {
        foreach (PairView pair in Of(operation))
        {
            if (pair.Type != type || !pair.KeyBody.SequenceEqual(keyBody)) continue;
            found = pair;
            return true;
        }

        found = default;
        return false;
    }

    /// <summary>
    /// Finds the first pair of an account's entry with a before-image: if the entry was restored and then updated, that is the second pair.
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="account">The account.</param>
    /// <param name="found">The pair.</param>
    public bool TryFindAccountBefore(scoped in OperationContext operation, scoped ReadOnlySpan<byte> account, out PairView found)
    {
        foreach (PairView pair in Of(operation))
        {
            if (pair.Type != LedgerEntryType.Account || !pair.HasBefore || !pair.KeyBody[4..].SequenceEqual(account)) continue;
            found = pair;
            return true;
        }

        found = default;
        return false;
    }

    /// <summary>Finds the first pair of a trustline.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="account">Its holder.</param>
    /// <param name="asset">The encoded TrustLineAsset.</param>
    /// <param name="found">The pair.</param>
    public bool TryFindTrustline(scoped in OperationContext operation, scoped ReadOnlySpan<byte> account, scoped ReadOnlySpan<byte> asset,
        out PairView found)
    {
        Span<byte> key = stackalloc byte[36 + 52];
        key[..4].Clear();
        account.CopyTo(key[4..]);
        asset.CopyTo(key[36..]);
        return TryFind(operation, LedgerEntryType.Trustline, key[..(36 + asset.Length)], out found);
    }

    private void Load(ReadOnlySpan<byte> ledger, in LedgerChanges changes)
    {
        count = 0;
        for (int index = 0; index < changes.Count; index++)
        {
            LedgerChangeView change = changes[index];
            switch (change.Kind)
            {
                case LedgerChangeKind.Created:
                case LedgerChangeKind.Restored:
                    Add(change, ChangePair.None, index);
                    break;
                case LedgerChangeKind.Updated:
                    Add(change, index - 1, index);
                    break;
                case LedgerChangeKind.Removed:
                    Add(change, index - 1, ChangePair.None);
                    break;
            }
        }

        for (int index = 0; index < count; index++) order[index] = index;
        StableSort.Sort(order.AsSpan(0, count), scratch, new PairKeys(ledger, pairs),
            static (keys, left, right) => keys.Compare(left, right));
    }

    private void Add(in LedgerChangeView change, int before, int after)
    {
        if (count == pairs.Length)
        {
            Array.Resize(ref pairs, 2 * count);
            Array.Resize(ref order, 2 * count);
            Array.Resize(ref scratch, 2 * count);
        }

        LedgerKeyLocation key = change.KeyLocation;
        pairs[count++] = new ChangePair(change.EntryType, before, after, change.ByteOffset + key.Offset, key.Length);
    }

    private readonly ref struct PairKeys(ReadOnlySpan<byte> ledger, ReadOnlySpan<ChangePair> pairs)
    {
        private readonly ReadOnlySpan<byte> ledger = ledger;
        private readonly ReadOnlySpan<ChangePair> pairs = pairs;

        public int Compare(int left, int right)
        {
            ref readonly ChangePair first = ref pairs[left];
            ref readonly ChangePair second = ref pairs[right];
            if (first.Type != second.Type) return first.Type < second.Type ? -1 : 1;
            return ledger.Slice(first.KeyOffset, first.KeyLength).SequenceCompareTo(ledger.Slice(second.KeyOffset, second.KeyLength));
        }
    }
}

/// <summary>Two raw changes by their indexes; <see cref="None"/> if there is no entry before or after.</summary>
internal readonly record struct ChangePair(LedgerEntryType Type, int Before, int After, int KeyOffset, int KeyLength)
{
    public const int None = -1;
}

/// <summary>What happened to one entry.</summary>
internal readonly ref struct PairView(ReadOnlySpan<byte> ledger, LedgerChanges changes, in ChangePair pair)
{
    private readonly ReadOnlySpan<byte> ledger = ledger;
    private readonly LedgerChanges changes = changes;
    private readonly ChangePair pair = pair;

    public LedgerEntryType Type => pair.Type;

    public bool HasBefore => pair.Before >= 0;

    public bool HasAfter => pair.After >= 0;

    public ReadOnlySpan<byte> KeyBody => ledger.Slice(pair.KeyOffset, pair.KeyLength);

    public LedgerEntryView Before => changes[pair.Before].Entry();

    public LedgerEntryView After => changes[pair.After].Entry();
}

/// <summary>Pairs in the order of their keys, for <c>foreach</c>.</summary>
internal ref struct PairSequence(ReadOnlySpan<byte> ledger, LedgerChanges changes, ReadOnlySpan<ChangePair> pairs, ReadOnlySpan<int> order)
{
    private readonly ReadOnlySpan<byte> ledger = ledger;
    private readonly LedgerChanges changes = changes;
    private readonly ReadOnlySpan<ChangePair> pairs = pairs;
    private readonly ReadOnlySpan<int> order = order;
    private int next;

    public readonly PairView Current => new(ledger, changes, in pairs[order[next - 1]]);

    public readonly PairSequence GetEnumerator() => this;

    public bool MoveNext() => ++next <= order.Length;
}
