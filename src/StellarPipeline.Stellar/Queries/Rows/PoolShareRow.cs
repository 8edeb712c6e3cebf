namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>Shares of a liquidity pool that an account holds.</summary>
/// <param name="Account">The account or contract.</param>
/// <param name="PoolId">Id of the pool, 64 hexadecimal digits.</param>
/// <param name="Shares">Number of shares, in units of 10⁻⁷.</param>
/// <param name="Pool">The pool; null if there is no row for it.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record PoolShareRow(
    string Account,
    string PoolId,
    long Shares,
    LiquidityPoolRow? Pool,
    long LastModifiedLedger);
