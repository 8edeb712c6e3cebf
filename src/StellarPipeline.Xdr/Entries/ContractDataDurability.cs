namespace StellarPipeline.Xdr.Entries;

/// <summary>What happens to contract data when its time to live has ended.</summary>
/// <remarks>Values are those of <c>ContractDataDurability</c> in Stellar-ledger-entries.x.</remarks>
public enum ContractDataDurability
{
    /// <summary>It is deleted.</summary>
    Temporary = 0,

    /// <summary>It is archived and can be restored.</summary>
    Persistent = 1,
}
