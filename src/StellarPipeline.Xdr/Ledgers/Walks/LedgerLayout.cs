using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Where the parts of one ledger lie: what the walk over its bytes found, in arrays that are used again for the next
/// ledger.</summary>
/// <remarks>All offsets are bytes from the start of the ledger. Nothing here is an object per part.</remarks>
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

    /// <summary>Keys of evicted entries: where each lies, and its length.</summary>
    public PlaceList<PlaceRange> EvictedKeys;

    /// <summary>Version of the close meta, 0 to 2.</summary>
    public int Version;

    /// <summary>The transaction set: where it lies, and how long it is.</summary>
    public int SetOffset;
    public int SetLength;

    /// <summary>Transaction that the walk is in, from 1; 0 outside of all. In the transaction set it counts in the set's order.</summary>
    public int CurrentTransaction;

    /// <summary>Operation that the walk is in, from 1; 0 outside of all.</summary>
    public int CurrentOperation;

    /// <summary>What the offsets of an error count from while an entry or key is looked at; 0 otherwise.</summary>
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

/// <summary>A growing list of structs that are filled in where they lie.</summary>
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

/// <summary>What of the header rows need.</summary>
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

    /// <summary>The part that is hashed, without signatures.</summary>
    public int HashedOffset;
    public int HashedLength;

    /// <summary>Source of the (inner) transaction: a MuxedAccount; of a version-0 envelope the key alone.</summary>
    public int SourceOffset;

    /// <summary>Source of the fee of a fee bump; 0 for other envelopes.</summary>
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

    /// <summary>Behind the type.</summary>
    public int BodyOffset;

    /// <summary>Count of the authorization entries of INVOKE_HOST_FUNCTION; 0 for others.</summary>
    public int AuthorizationOffset;
    public OperationType Type;
}

/// <summary>What became of a transaction, in the order of processing.</summary>
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

    /// <summary>Contract events of version-3 metadata: where the first one lies, and how many.</summary>
    public PlaceRange SorobanEvents;
    public PlaceRange PostFeeChanges;

    /// <summary>Index of the envelope; −1 until it is found.</summary>
    public int Envelope;
}

/// <summary>A run of elements: the first one's index or offset, and their number.</summary>
internal struct PlaceRange
{
    public int First;
    public int Count;
}

/// <summary>The result of one operation.</summary>
internal struct ResultPlace
{
    public int Offset;

    /// <summary>OperationResultCode: 0 inner.</summary>
    public int Code;

    /// <summary>Operation type of the result's arm.</summary>
    public OperationType Type;
    public int InnerCode;

    /// <summary>Behind the inner code.</summary>
    public int BodyOffset;
}

/// <summary>The metadata of one operation.</summary>
internal struct MetaPlace
{
    public PlaceRange Changes;

    /// <summary>Contract events of version-4 metadata: where the first one lies, and how many.</summary>
    public PlaceRange Events;

    /// <summary>An entry that was created or restored has a sponsor.</summary>
    public bool HasSponsoredCreation;
}

/// <summary>One raw change.</summary>
internal struct ChangePlace
{
    /// <summary>The entry, or for a removal the key.</summary>
    public int Offset;
    public int Length;
    public LedgerChangeKind Kind;
    public LedgerEntryType EntryType;
}
