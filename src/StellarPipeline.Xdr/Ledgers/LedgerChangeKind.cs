namespace StellarPipeline.Xdr.Ledgers;

/// <summary>What a raw change says about an entry.</summary>
/// <remarks>Values are the discriminants of <c>LedgerEntryChangeType</c> in Stellar-ledger.x; restoring exists since protocol 23
/// (CAP-66).</remarks>
public enum LedgerChangeKind
{
    /// <summary>The entry was made.</summary>
    Created = 0,

    /// <summary>The entry got a new value; the change before tells the old one.</summary>
    Updated = 1,

    /// <summary>The entry was removed; only its key is told, the change before tells the old value.</summary>
    Removed = 2,

    /// <summary>The value of an entry before the change that follows.</summary>
    State = 3,

    /// <summary>The entry came back from the archive, with this value.</summary>
    Restored = 4,
}
