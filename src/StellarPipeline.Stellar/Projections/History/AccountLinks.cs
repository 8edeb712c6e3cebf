using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// Collects the accounts that take part in each transaction and operation of a ledger, and writes the two account tables.
/// </summary>
/// <remarks>
/// Rows are written in the order of the tables' primary keys: account, then id. Each account gets a number within the ledger, found by a
/// hash table. A mark per account tells whether the current transaction or operation already has it, so adding an account costs one look-up
/// and allocates nothing.
/// </remarks>
internal sealed class AccountLinks(RowPageWriter transactionRows, RowPageWriter operationRows)
{
    private const int AddressBytes = 33;
    private const int CapacityStart = 1024;

    // The hash of an address differs from process to process, so that nobody can prepare a ledger whose addresses collide.
    private readonly ulong seed = (ulong)Random.Shared.NextInt64();

    private int[] slots = new int[2 * CapacityStart];
    private byte[] addresses = new byte[CapacityStart * AddressBytes];
    private Mark[] marks = new Mark[CapacityStart];
    private int count;
    private readonly LinkList transactionLinks = new();
    private readonly LinkList operationLinks = new();
    private UInt128[] sortKeys = new UInt128[CapacityStart];
    private int[] order = new int[CapacityStart];
    private int[] rankOf = new int[CapacityStart];
    private long transactionId;
    private long operationId;
    private int transactionMark;
    private int operationMark;

    public long TransactionRows { get; private set; }

    public long OperationRows { get; private set; }

    public void BeginLedger()
    {
        Array.Clear(slots);
        count = transactionMark = operationMark = 0;
        operationId = 0;
        transactionLinks.Clear();
        operationLinks.Clear();
    }

    public void BeginTransaction(long id)
    {
        transactionId = id;
        operationId = 0;
        transactionMark++;
    }

    public void BeginOperation(long id)
    {
        operationId = id;
        operationMark++;
    }

    /// <summary>Adds an account to the current transaction and, within an operation, to the operation; once to each.</summary>
    public void Add(Party party)
    {
        int account = NumberOf(party);
        ref Mark mark = ref marks[account];
        if (mark.Transaction != transactionMark)
        {
            mark.Transaction = transactionMark;
            transactionLinks.Add(account, transactionId);
        }

        if (operationId != 0 && mark.Operation != operationMark)
        {
            mark.Operation = operationMark;
            operationLinks.Add(account, operationId);
        }
    }

    /// <summary>Writes the rows of the ledger.</summary>
    public void WriteRows(long createdAt)
    {
        SortAccounts();
        TransactionRows += Write(transactionLinks, transactionRows, createdAt);
        OperationRows += Write(operationLinks, operationRows, createdAt);
    }

    private int Write(LinkList links, RowPageWriter rows, long createdAt)
    {
        foreach (int link in links.InOrderOf(rankOf.AsSpan(0, count)))
        {
            rows.BeginRow();
            rows.WriteBytes(AddressOf(links.Account(link)));
            rows.WriteTimestamp(createdAt);
            rows.WriteInt64(links.Id(link));
            rows.EndRow();
        }

        return links.Count;
    }

    // By the first 16 of 33 bytes, as one number; the few accounts that share them are sorted afterwards.
    private void SortAccounts()
    {
        Span<UInt128> keys = sortKeys.AsSpan(0, count);
        Span<int> sorted = order.AsSpan(0, count);
        for (int account = 0; account < count; account++)
        {
            keys[account] = BinaryPrimitives.ReadUInt128BigEndian(AddressOf(account));
            sorted[account] = account;
        }

        MemoryExtensions.Sort(keys, sorted);
        for (int start = 0; start < count;)
        {
            int end = start + 1;
            while (end < count && keys[end] == keys[start]) end++;
            if (end - start > 1)
                StableSort.Sort(sorted[start..end], rankOf, this, static (links, left, right) => links.Compare(left, right));
            start = end;
        }

        for (int rank = 0; rank < count; rank++) rankOf[sorted[rank]] = rank;
    }

    private int Compare(int left, int right) => AddressOf(left).SequenceCompareTo(AddressOf(right));

    private ReadOnlySpan<byte> AddressOf(int account) => addresses.AsSpan(account * AddressBytes, AddressBytes);

    private int NumberOf(Party party)
    {
        int slot = (int)Hash(party.Kind, party.Key) & (slots.Length - 1);
        for (; slots[slot] != 0; slot = (slot + 1) & (slots.Length - 1))
        {
            int known = slots[slot] - 1;
            ReadOnlySpan<byte> address = AddressOf(known);
            if (address[0] == (byte)party.Kind && address[1..].SequenceEqual(party.Key)) return known;
        }

        if (count == marks.Length) return GrowAndAdd(party);
        slots[slot] = count + 1;
        return Append(party);
    }

    private int Append(Party party)
    {
        Span<byte> address = addresses.AsSpan(count * AddressBytes, AddressBytes);
        address[0] = (byte)party.Kind;
        party.Key.CopyTo(address[1..]);
        marks[count] = default;
        return count++;
    }

    private int GrowAndAdd(Party party)
    {
        int capacity = 2 * marks.Length;
        Array.Resize(ref addresses, capacity * AddressBytes);
        Array.Resize(ref marks, capacity);
        sortKeys = new UInt128[capacity];
        order = new int[capacity];
        rankOf = new int[capacity];
        slots = new int[2 * capacity];
        for (int account = 0; account < count; account++)
        {
            ReadOnlySpan<byte> address = AddressOf(account);
            int slot = (int)Hash((StrKeyKind)address[0], address[1..]) & (slots.Length - 1);
            while (slots[slot] != 0) slot = (slot + 1) & (slots.Length - 1);
            slots[slot] = account + 1;
        }

        return NumberOf(party);
    }

    private ulong Hash(StrKeyKind kind, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(key);
        ulong hash = seed ^ (ulong)kind;
        hash = Mix(hash ^ words[0]);
        hash = Mix(hash ^ words[1]);
        hash = Mix(hash ^ words[2]);
        return Mix(hash ^ words[3]);
    }

    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }

    private struct Mark
    {
        public int Transaction;
        public int Operation;
    }
}
