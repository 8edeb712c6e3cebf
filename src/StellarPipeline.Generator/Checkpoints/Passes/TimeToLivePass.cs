using StellarPipeline.Generator.Entries;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all TTL entries: those of the contract entries, merged with invented ones if the options require more.</summary>
internal sealed class TimeToLivePass : EntryPass
{
    private readonly GeneratorContext context;
    private readonly TimeToLiveBuilder builder = new();
    private readonly byte[] hash = new byte[32];
    private readonly byte[] inventedHash = new byte[32];

    public TimeToLivePass(GeneratorContext context)
    {
        this.context = context;
        builder.KeyHash = this.hash;
    }

    public override EntryBuilder Builder => builder;

    public void Run()
    {
        ReadOnlySpan<Hash256> hashes = this.context.TimeToLive.Sort();
        long invented = this.context.Options.Ttls is { } wanted
            ? Math.Max(0, wanted - hashes.Length)
            : Math.Max(0, this.context.Options.ContractEntries - hashes.Length);
        SlotPlan slots = new(this.context.Options.Seed, Domain.TimeToLive, invented, this.context.Options.LivePerDead);
        MonotoneIds ids = new(this.context.Options.Seed, Domain.TimeToLiveKey, slots.Total);
        int next = 0;
        for (long slot = 0; slot < slots.Total; slot++)
        {
            ids.Write(slot, this.inventedHash);
            Hash256 inventedHash = new(this.inventedHash);
            for (; next < hashes.Length && hashes[next].CompareTo(inventedHash) < 0; next++) Emit(hashes[next], ~next, isDead: false);
            Emit(inventedHash, slot, slots.IsDead(slot));
        }

        for (; next < hashes.Length; next++) Emit(hashes[next], ~next, isDead: false);
    }

    // An expired entry that is not yet evicted is still in the bucket list.
    public override void Fill(ref Entropy entropy, bool isNewest) =>
        builder.LiveUntilLedger = (uint)Math.Min(uint.MaxValue, builder.LastModifiedLedger + 4_095L + entropy.Below(2_000_000));

    private void Emit(Hash256 hash, long ordinal, bool isDead)
    {
        hash.CopyTo(this.hash);
        this.context.Emitter.Emit(this, this.context.Hash(Domain.TimeToLive, ordinal), isDead);
    }
}
