using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.State;

/// <summary>What a whole ledger did to one entry.</summary>
/// <remarks>Offsets count from the start of the encoded ledger.</remarks>
internal struct NetChange
{
    /// <summary>Type of the entry.</summary>
    public LedgerEntryType Type;

    /// <summary>The kind of the last change: created, updated, removed or restored.</summary>
    public LedgerChangeKind Kind;

    /// <summary>The part of the ledger in which the last change lies.</summary>
    public NetPhase Phase;

    /// <summary>Transaction of the last change, from 0; 0 outside of all.</summary>
    public int Transaction;

    /// <summary>Operation of the last change, from 0; 0 outside of all.</summary>
    public int Operation;

    /// <summary>The key without its type.</summary>
    public int KeyOffset;

    /// <summary>Bytes of the key.</summary>
    public int KeyLength;

    /// <summary>The entry after the change, or before its removal.</summary>
    public int EntryOffset;

    /// <summary>Bytes of the entry; 0 where only its key is known, which is so for an eviction.</summary>
    public int EntryLength;

    /// <summary>
    /// True while the entry has come into the live state in this ledger, was not there before, and was not changed since.
    /// </summary>
    public bool IsNew;

    /// <summary>
    /// True if creation and removal have cancelled each other: nothing of the entry is left, and nothing of it was there before.
    /// </summary>
    public bool IsCancelled;

    /// <summary>True if the entry is to be removed.</summary>
    public readonly bool IsRemoval => Kind == LedgerChangeKind.Removed;
}
