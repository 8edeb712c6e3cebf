namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>A constant-product liquidity pool.</summary>
/// <param name="PoolId">Its id, 64 hexadecimal digits.</param>
/// <param name="AssetA">native, or CODE:ISSUER.</param>
/// <param name="AmountA">Reserve of asset A, in units of 10⁻⁷.</param>
/// <param name="AssetB">CODE:ISSUER.</param>
/// <param name="AmountB">Reserve of asset B, in units of 10⁻⁷.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record LiquidityPoolRow(
    string PoolId,
    string AssetA,
    long AmountA,
    string AssetB,
    long AmountB,
    long LastModifiedLedger);
