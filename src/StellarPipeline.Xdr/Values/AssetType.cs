namespace StellarPipeline.Xdr.Values;

/// <summary>The kinds of asset.</summary>
/// <remarks>Values are the discriminants of <c>AssetType</c> in Stellar-ledger-entries.x.</remarks>
public enum AssetType
{
    /// <summary>The network's own asset; XLM on the public network.</summary>
    Native = 0,

    /// <summary>An issued asset with a code of 1 to 4 characters.</summary>
    CreditAlphanum4 = 1,

    /// <summary>An issued asset with a code of 5 to 12 characters.</summary>
    CreditAlphanum12 = 2,

    /// <summary>Shares of a liquidity pool; only in trustlines.</summary>
    PoolShare = 3,
}
