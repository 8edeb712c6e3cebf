using StellarPipeline.Generator.Entries;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all TTL entries: the true ones of the contract entries, merged with made-up ones where more are asked for.</summary>
internal sealed class TimeToLivePass : EntryPass
{
    private readonly GeneratorContext _context;
    private readonly TimeToLiveBuilder _builder = new();
    private readonly byte[] _hash = new byte[32];
    private readonly byte[] _inventedHash = new byte[32];

    public TimeToLivePass(GeneratorContext context)
    {
        _context = context;
        _builder.KeyHash = _hash;
    }

    public override EntryBuilder Builder => _builder;

    public void Run()
    {
        ReadOnlySpan<Hash256> hashes = _context.TimeToLive.Sort();
        long invented = _context.Options.Ttls is { } wanted
            ? Math.Max(0, wanted - hashes.Length)
            : Math.Max(0, _context.Options.ContractEntries - hashes.Length);
        SlotPlan slots = new(_context.Options.Seed, Domain.TimeToLive, invented, _context.Options.LivePerDead);
        MonotoneIds ids = new(_context.Options.Seed, Domain.TimeToLiveKey, slots.Total);
        int next = 0;
        for (long slot = 0; slot < slots.Total; slot++)
        {
            ids.Write(slot, _inventedHash);
            Hash256 inventedHash = new(_inventedHash);
            for (; next < hashes.Length && hashes[next].CompareTo(inventedHash) < 0; next++) Emit(hashes[next], ~next, isDead: false);
            Emit(inventedHash, slot, slots.IsDead(slot));
        }

        for (; next < hashes.Length; next++) Emit(hashes[next], ~next, isDead: false);
    }

    // An entry may have expired without being evicted: it is still in the list.
    public override void Fill(ref Entropy entropy, bool isNewest) =>
        _builder.LiveUntilLedger = (uint)Math.Min(uint.MaxValue, _builder.LastModifiedLedger + 4_095L + entropy.Below(2_000_000));

    private void Emit(Hash256 hash, long ordinal, bool isDead)
    {
        hash.CopyTo(_hash);
        _context.Emitter.Emit(this, _context.Hash(Domain.TimeToLive, ordinal), isDead);
    }
}
