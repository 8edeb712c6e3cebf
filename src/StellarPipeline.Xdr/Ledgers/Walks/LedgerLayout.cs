using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Positions of the parts of one ledger, found in one pass over its bytes; the arrays are reused for the next ledger.</summary>
/// <remarks>All offsets are bytes from the start of the ledger. There is no object per part.</remarks>
internal sealed class LedgerLayout
{
    public HeaderPlace Header;
    public PlaceList<EnvelopePlace> Envelopes;
    public PlaceList<OperationPlace> Operations;
    public PlaceList<TransactionPlace> Transactions;
    public PlaceList<ResultPlace> Results;
    public PlaceList<MetaPlace> Metas;
    public PlaceList<ChangePlace> Changes;

    /// <summary>Changes of all upgrades, one after the other.</summary>
    public PlaceRange UpgradeChanges;

    /// <summary>Keys of evicted entries: offset and length of each.</summary>
    public PlaceList<PlaceRange> EvictedKeys;

    /// <summary>Version of the close meta, 0 to 2.</summary>
    public int Version;

    /// <summary>The transaction set: its offset, and its length.</summary>
    public int SetOffset;
    public int SetLength;

    /// <summary>The current transaction, from 1; 0 outside of all. In the transaction set it counts in the order of the set.</summary>
    public int CurrentTransaction;

    /// <summary>The current operation, from 1; 0 outside of all.</summary>
    public int CurrentOperation;

    /// <summary>Base of the offsets in errors while an entry or key is checked; 0 otherwise.</summary>
    public int CurrentBase;

    public void Clear()
    {
        Header = default;
        Envelopes.Clear();
        Operations.Clear();
        Transactions.Clear();
        Results.Clear();
        Metas.Clear();
        Changes.Clear();
        EvictedKeys.Clear();
        UpgradeChanges = default;
        Version = SetOffset = SetLength = CurrentTransaction = CurrentOperation = CurrentBase = 0;
    }
}

/// <summary>A growing list of structs that are filled in place.</summary>
internal struct PlaceList<T>
    where T : struct
{
    private const int CountStart = 64;

    private T[]? items;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<T> Items => items.AsSpan(0, Count);

    /// <summary>Adds an element of zeros. The reference is valid until the next addition.</summary>
    public ref T Add()
    {
        if (Count == (items?.Length ?? 0))
            Array.Resize(ref items, Math.Max(CountStart, 2 * Count));
        ref T item = ref items![Count++];
        item = default;
        return ref item;
    }

    public readonly ref T At(int index) => ref items.AsSpan(0, Count)[index];

    public void Clear() => Count = 0;
}

/// <summary>The fields of the header that rows need.</summary>
internal struct HeaderPlace
{
    /// <summary>The LedgerHeaderHistoryEntry.</summary>
    public int Offset;
    public int Length;
    public uint ProtocolVersion;
    public bool HasProtocolVersion;
    public uint Sequence;
    public ulong CloseTimeSeconds;
}

/// <summary>An envelope of the transaction set.</summary>
internal struct EnvelopePlace
{
    public EnvelopeType Type;

    /// <summary>The hashed part, without signatures.</summary>
    public int HashedOffset;
    public int HashedLength;

    /// <summary>Source of the (inner) transaction: a MuxedAccount; in a version-0 envelope only the key.</summary>
    public int SourceOffset;

    /// <summary>Fee source of a fee bump; 0 for other envelopes.</summary>
    public int FeeSourceOffset;
    public int SequenceOffset;
    public int FirstOperation;
    public int OperationCount;
    public bool HasSorobanData;
}

/// <summary>An operation of an envelope.</summary>
internal struct OperationPlace
{
    public int Offset;
    public int Length;

    /// <summary>The operation's own source, a MuxedAccount; 0 if there is none.</summary>
    public int SourceOffset;

    /// <summary>Offset after the type.</summary>
    public int BodyOffset;

    /// <summary>Offset of the count of authorization entries of INVOKE_HOST_FUNCTION; 0 for other operations.</summary>
    public int AuthorizationOffset;
    public OperationType Type;
}

/// <summary>The result of a transaction, in processing order.</summary>
internal struct TransactionPlace
{
    /// <summary>The TransactionResultPair: hash, then fee charged.</summary>
    public int PairOffset;
    public int PairLength;
    public int Code;

    /// <summary>Code of the inner transaction of a fee bump; the same as <see cref="Code"/> for others.</summary>
    public int InnerCode;
    public int FirstResult;
    public int ResultCount;
    public PlaceRange FeeChanges;

    public PlaceRange ChangesBefore;
    public int MetaVersion;
    public PlaceRange ChangesAfter;
    public int FirstMeta;
    public int MetaCount;

    /// <summary>Contract events of version-3 metadata: offset of the first one, and their number.</summary>
    public PlaceRange SorobanEvents;
    public PlaceRange PostFeeChanges;

    /// <summary>Index of the envelope; −1 until it is found.</summary>
    public int Envelope;
}

/// <summary>A range of elements: index or offset of the first one, and their number.</summary>
internal struct PlaceRange
{
    public int First;
    public int Count;
}

/// <summary>The result of one operation.</summary>
internal struct ResultPlace
{
    public int Offset;

    /// <summary>OperationResultCode: 0 means an inner code.</summary>
    public int Code;

    /// <summary>Operation type of the result's arm.</summary>
    public OperationType Type;
    public int InnerCode;

    /// <summary>Offset after the inner code.</summary>
    public int BodyOffset;
}

/// <summary>The metadata of one operation.</summary>
internal struct MetaPlace
{
    public PlaceRange Changes;

    /// <summary>Contract events of version-4 metadata: offset of the first one, and their number.</summary>
    public PlaceRange Events;

    /// <summary>True if a created or restored entry has a sponsor.</summary>
    public bool HasSponsoredCreation;
}

/// <summary>One raw change.</summary>
internal struct ChangePlace
{
    /// <summary>Offset of the entry, or for a removal of the key.</summary>
    public int Offset;
    public int Length;
    public LedgerChangeKind Kind;
    public LedgerEntryType EntryType;
}
