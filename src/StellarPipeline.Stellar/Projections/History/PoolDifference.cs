using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// A liquidity pool that changed, and the absolute differences of its reserves. A pool that does not exist has reserves of 0.
/// </summary>
internal readonly ref struct PoolDifference
{
    private readonly LiquidityPoolEntryView pool;

    public PoolDifference(scoped in PairView pair)
    {
        Int128 amountA = 0, amountB = 0;
        if (pair.HasBefore)
        {
            pool = pair.Before.AsLiquidityPool();
            (amountA, amountB) = (pool.ReserveA, pool.ReserveB);
        }

        if (pair.HasAfter)
        {
            pool = pair.After.AsLiquidityPool();
            (amountA, amountB) = (amountA - pool.ReserveA, amountB - pool.ReserveB);
        }

        AmountA = Int128.Abs(amountA);
        AmountB = Int128.Abs(amountB);
    }

    public ReadOnlySpan<byte> PoolId => pool.PoolId;

    public AssetView AssetA => pool.AssetA;

    public AssetView AssetB => pool.AssetB;

    public Int128 AmountA { get; }

    public Int128 AmountB { get; }
}
