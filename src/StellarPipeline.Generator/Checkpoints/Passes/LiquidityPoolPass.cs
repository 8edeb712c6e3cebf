using StellarPipeline.Generator.Entries;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all LIQUIDITY_POOL entries. Runs after the trustlines, whose shares it counts.</summary>
internal sealed class LiquidityPoolPass(GeneratorContext context) : EntryPass
{
    private readonly LiquidityPoolBuilder _builder = new();

    public override EntryBuilder Builder => _builder;

    public void Run()
    {
        PoolTable pools = context.Pools;
        for (long slot = 0; slot < pools.Slots.Total; slot++)
        {
            _builder.PoolId = pools.Id(slot);
            _builder.AssetA = pools.AssetA(slot);
            _builder.AssetB = pools.AssetB(slot);
            _builder.ShareTrustlineCount = pools.ShareTrustlines[slot];
            context.Emitter.Emit(this, context.Hash(Domain.Pool, slot), pools.Slots.IsDead(slot));
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        _builder.ReserveA = entropy.Amount(50);
        _builder.ReserveB = entropy.Amount(50);
        _builder.TotalShares = entropy.Amount(50);
    }
}
