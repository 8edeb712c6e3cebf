using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.State;

/// <summary>The net change of one entry in a whole ledger.</summary>
/// <remarks>Offsets count from the start of the encoded ledger.</remarks>
internal struct NetChange
{
    /// <summary>Type of the entry.</summary>
    public LedgerEntryType Type;

    /// <summary>The kind of the last change: created, updated, removed or restored.</summary>
    public LedgerChangeKind Kind;

    /// <summary>The part of the ledger that contains the last change.</summary>
    public NetPhase Phase;

    /// <summary>Transaction of the last change, from 0; 0 if it is outside of transactions.</summary>
    public int Transaction;

    /// <summary>Operation of the last change, from 0; 0 if it is outside of operations.</summary>
    public int Operation;

    /// <summary>Offset of the key, without its type.</summary>
    public int KeyOffset;

    /// <summary>Bytes of the key.</summary>
    public int KeyLength;

    /// <summary>Offset of the entry after the change, or before its removal.</summary>
    public int EntryOffset;

    /// <summary>Bytes of the entry; 0 if only its key is known, as for an eviction.</summary>
    public int EntryLength;

    /// <summary>
    /// True while the entry was created in this ledger, did not exist before, and has not changed since.
    /// </summary>
    public bool IsNew;

    /// <summary>True if creation and removal cancelled each other: the entry existed neither before nor after.</summary>
    public bool IsCancelled;

    /// <summary>True if the entry was removed.</summary>
    public readonly bool IsRemoval => Kind == LedgerChangeKind.Removed;
}
