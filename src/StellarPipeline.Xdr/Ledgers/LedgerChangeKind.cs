namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The kinds of raw change of an entry.</summary>
/// <remarks>
/// Values are the discriminants of <c>LedgerEntryChangeType</c> in Stellar-ledger.x; <see cref="Restored"/> exists since protocol 23
/// (CAP-66).
/// </remarks>
public enum LedgerChangeKind
{
    /// <summary>The entry was created.</summary>
    Created = 0,

    /// <summary>The entry has a new value; the change before it contains the old one.</summary>
    Updated = 1,

    /// <summary>The entry was removed. It contains only the key; the change before it contains the old value.</summary>
    Removed = 2,

    /// <summary>The value of an entry before the change that follows.</summary>
    State = 3,

    /// <summary>The entry was restored from the archive, with this value.</summary>
    Restored = 4,
}
