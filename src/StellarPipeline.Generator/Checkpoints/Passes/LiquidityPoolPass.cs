using StellarPipeline.Generator.Entries;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all LIQUIDITY_POOL entries. Runs after the trustline pass, which counts each pool's share trustlines.</summary>
internal sealed class LiquidityPoolPass(GeneratorContext context) : EntryPass
{
    private readonly LiquidityPoolBuilder builder = new();

    public override EntryBuilder Builder => builder;

    public void Run()
    {
        PoolTable pools = context.Pools;
        for (long slot = 0; slot < pools.Slots.Total; slot++)
        {
            builder.PoolId = pools.Id(slot);
            builder.AssetA = pools.AssetA(slot);
            builder.AssetB = pools.AssetB(slot);
            builder.ShareTrustlineCount = pools.ShareTrustlines[slot];
            context.Emitter.Emit(this, context.Hash(Domain.Pool, slot), pools.Slots.IsDead(slot));
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        builder.ReserveA = entropy.Amount(50);
        builder.ReserveB = entropy.Amount(50);
        builder.TotalShares = entropy.Amount(50);
    }
}
