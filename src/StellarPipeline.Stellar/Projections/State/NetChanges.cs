using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.State;

/// <summary>
/// The net changes of a ledger: for each key the state after its last change, in the order in which ledgers apply changes.
/// </summary>
/// <remarks>
/// Order: the fees of all transactions; then, transaction by transaction, the changes before, in and after its operations; then refunds,
/// upgrades and evictions.
/// | first change | last change | result |
/// | any | created, updated, restored | the entry |
/// | updated, removed, restored | removed | removal |
/// | created | removed at once | nothing |
/// An entry that is created, updated and removed counts as a removal too, as in wallet-backend: it removes nothing. A restored entry may
/// still have been in the live state, archived but not evicted: its removal counts.
/// Accounts: a change by an operation counts unless it changes only signers, as in wallet-backend. Changes before and after the operations
/// (sequence numbers, used-up signers, refunds before protocol 23), which wallet-backend does not read, count only if they change the row.
/// Nothing is allocated per ledger once the arrays are large enough. For one caller at a time.
/// </remarks>
internal sealed class NetChanges
{
    private const int CountStart = 256;

    private readonly bool[] isWanted;
    private NetChange[] changes = new NetChange[CountStart];
    private int[] order = new int[CountStart];
    private int[] scratch = new int[CountStart];

    // A slot holds the index of a change plus 1; 0 means free. At most half of the slots are used.
    private int[] slots = new int[2 * CountStart];
    private int count;

    /// <summary>Creates a collector.</summary>
    /// <param name="types">The types of entries to collect.</param>
    public NetChanges(params IReadOnlyList<LedgerEntryType> types)
    {
        isWanted = new bool[(int)LedgerEntryType.Ttl + 1];
        foreach (LedgerEntryType type in types) isWanted[(int)type] = true;
    }

    /// <summary>Number of changed keys, including those whose changes cancel each other.</summary>
    public int Count => count;

    /// <summary>One change.</summary>
    /// <param name="index">Its index in the order of keys, 0 or more and below <see cref="Count"/>.</param>
    public ref readonly NetChange this[int index] => ref changes[order[index]];

    /// <summary>Reads the changes of a ledger, replacing those of the ledger before.</summary>
    /// <param name="ledger">The ledger.</param>
    public void Read(in LedgerView ledger)
    {
        count = 0;
        Array.Clear(slots);
        for (int index = 0; index < ledger.TransactionCount; index++)
            Add(ledger, ledger.Transaction(index).FeeChanges, new Moment(NetPhase.Fee, index, 0));
        for (int index = 0; index < ledger.TransactionCount; index++)
            AddTransaction(ledger, ledger.Transaction(index));
        for (int index = 0; index < ledger.TransactionCount; index++)
            Add(ledger, ledger.Transaction(index).PostFeeChanges, new Moment(NetPhase.Refund, index, 0));
        Add(ledger, ledger.UpgradeChanges, new Moment(NetPhase.Upgrade, 0, 0));
        for (int index = 0; index < ledger.EvictedKeyCount; index++)
            AddEviction(ledger, ledger.EvictedKey(index));
        Sort(ledger.Encoded);
    }

    private void AddTransaction(in LedgerView ledger, in TransactionView transaction)
    {
        Add(ledger, transaction.ChangesBefore, new Moment(NetPhase.Transaction, transaction.Index, 0) { IsBesideOperations = true });
        bool hasChanges = OperationContext.HasChangesOf(transaction, ledger.ProtocolVersion);
        for (int operation = 0; hasChanges && operation < transaction.OperationCount; operation++)
            Add(ledger, transaction.OperationChanges(operation), new Moment(NetPhase.Transaction, transaction.Index, operation));
        int last = Math.Max(0, transaction.OperationCount - 1);
        Add(ledger, transaction.ChangesAfter, new Moment(NetPhase.Transaction, transaction.Index, last) { IsBesideOperations = true });
    }

    private void Add(in LedgerView ledger, in LedgerChanges list, in Moment moment)
    {
        for (int index = 0; index < list.Count; index++)
        {
            LedgerChangeView change = list[index];
            if (change.Kind == LedgerChangeKind.State || !isWanted[(int)change.EntryType]) continue;
            bool isAccountUpdate = change.EntryType == LedgerEntryType.Account && change.Kind == LedgerChangeKind.Updated;
            if (isAccountUpdate && !AccountChange.Counts(list[index - 1].Entry(), change.Entry(), moment.IsBesideOperations)) continue;

            LedgerKeyLocation key = change.KeyLocation;
            ref NetChange net = ref Find(ledger.Encoded, change.EntryType, change.ByteOffset + key.Offset, key.Length, out bool isFirst);
            LedgerChangeView image = change.Kind == LedgerChangeKind.Removed ? list[index - 1] : change;
            Apply(ref net, change.Kind, isFirst, moment);
            net.EntryOffset = image.ByteOffset;
            net.EntryLength = image.Encoded.Length;
        }
    }

    private void AddEviction(in LedgerView ledger, ReadOnlySpan<byte> evicted)
    {
        var key = LedgerKeyLocation.OfKeyStart(evicted);
        if (!isWanted[(int)key.Type]) return;
        ledger.Encoded.Overlaps(evicted, out int offset);
        ref NetChange net = ref Find(ledger.Encoded, key.Type, offset + key.Offset, key.Length, out bool isFirst);
        Apply(ref net, LedgerChangeKind.Removed, isFirst, new Moment(NetPhase.Eviction, 0, 0));
    }

    private static void Apply(ref NetChange net, LedgerChangeKind kind, bool isFirst, in Moment moment)
    {
        bool wasAbsent = isFirst || net.IsCancelled;
        bool isCancelled = kind == LedgerChangeKind.Removed && net.IsNew;
        net.IsNew = kind == LedgerChangeKind.Created && wasAbsent;
        net.IsCancelled = isCancelled;
        net.Kind = kind;
        net.Phase = moment.Phase;
        net.Transaction = moment.Transaction;
        net.Operation = moment.Operation;
    }

    private ref NetChange Find(ReadOnlySpan<byte> ledger, LedgerEntryType type, int keyOffset, int keyLength, out bool isFirst)
    {
        if (2 * (count + 1) > slots.Length) Grow(ledger);
        ReadOnlySpan<byte> key = ledger.Slice(keyOffset, keyLength);
        int mask = slots.Length - 1;
        for (int at = Hash(type, key) & mask; ; at = (at + 1) & mask)
        {
            if (slots[at] == 0)
            {
                slots[at] = ++count;
                isFirst = true;
                ref NetChange added = ref changes[count - 1];
                added = new NetChange { Type = type, KeyOffset = keyOffset, KeyLength = keyLength };
                return ref added;
            }

            ref NetChange found = ref changes[slots[at] - 1];
            if (found.Type != type || !ledger.Slice(found.KeyOffset, found.KeyLength).SequenceEqual(key)) continue;
            isFirst = false;
            return ref found;
        }
    }

    private void Grow(ReadOnlySpan<byte> ledger)
    {
        slots = new int[2 * slots.Length];
        Array.Resize(ref changes, slots.Length / 2);
        Array.Resize(ref order, slots.Length / 2);
        Array.Resize(ref scratch, slots.Length / 2);
        int mask = slots.Length - 1;
        for (int index = 0; index < count; index++)
        {
            ref readonly NetChange change = ref changes[index];
            int at = Hash(change.Type, ledger.Slice(change.KeyOffset, change.KeyLength)) & mask;
            while (slots[at] != 0) at = (at + 1) & mask;
            slots[at] = index + 1;
        }
    }

    // Anybody can choose keys, so the hash must be seeded: HashCode has a random seed per process.
    private static int Hash(LedgerEntryType type, ReadOnlySpan<byte> key)
    {
        var hash = default(HashCode);
        hash.Add((int)type);
        hash.AddBytes(key);
        return hash.ToHashCode();
    }

    private void Sort(ReadOnlySpan<byte> ledger)
    {
        for (int index = 0; index < count; index++) order[index] = index;
        StableSort.Sort(
            order.AsSpan(0, count), scratch, new Keys(ledger, changes), static (keys, left, right) => keys.Compare(left, right));
    }

    private readonly record struct Moment(NetPhase Phase, int Transaction, int Operation)
    {
        /// <summary>True before and after the operations of a transaction.</summary>
        public bool IsBesideOperations { get; init; }
    }

    private readonly ref struct Keys(ReadOnlySpan<byte> ledger, ReadOnlySpan<NetChange> changes)
    {
        private readonly ReadOnlySpan<byte> ledger = ledger;
        private readonly ReadOnlySpan<NetChange> changes = changes;

        public int Compare(int left, int right)
        {
            ref readonly NetChange first = ref changes[left];
            ref readonly NetChange second = ref changes[right];
            return LedgerKeyOrder.Compare(
                first.Type, ledger.Slice(first.KeyOffset, first.KeyLength), second.Type, ledger.Slice(second.KeyOffset, second.KeyLength));
        }
    }
}
