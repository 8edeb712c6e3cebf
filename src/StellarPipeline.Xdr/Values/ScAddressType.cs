namespace StellarPipeline.Xdr.Values;

/// <summary>The arms of <c>SCAddress</c>, in key order.</summary>
/// <remarks>
/// Values are the discriminants of <c>SCAddressType</c> in Stellar-contract.x; arms 2 to 4 exist since protocol 23 (CAP-67), arm 5 since
/// protocol 30 (CAP-84).
/// </remarks>
public enum ScAddressType
{
    /// <summary>A classic account (strkey G).</summary>
    Account = 0,

    /// <summary>A contract (strkey C).</summary>
    Contract = 1,

    /// <summary>An account with a multiplexing id (strkey M).</summary>
    MuxedAccount = 2,

    /// <summary>A claimable balance (strkey B).</summary>
    ClaimableBalance = 3,

    /// <summary>A liquidity pool (strkey L).</summary>
    LiquidityPool = 4,

    /// <summary>A contract with a multiplexing id (strkey W). Never in the key of contract data.</summary>
    MuxedContract = 5,
}
