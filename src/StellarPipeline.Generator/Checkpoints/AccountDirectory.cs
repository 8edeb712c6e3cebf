namespace StellarPipeline.Generator.Checkpoints;

/// <summary>The accounts of an archive: which slots exist, which are live, and their public keys, computed on demand.</summary>
internal sealed class AccountDirectory(ulong seed, int accounts, int livePerDead)
{
    private readonly MonotoneIds ids = new(seed, Domain.AccountId, new SlotPlan(seed, Domain.Account, accounts, livePerDead).Total);

    public int Live { get; } = accounts;

    public SlotPlan Slots { get; } = new(seed, Domain.Account, accounts, livePerDead);

    public void WriteId(long slot, Span<byte> id) => ids.Write(slot, id);

    public void WriteLiveId(long liveIndex, Span<byte> id) => ids.Write(Slots.SlotOfLive(liveIndex), id);
}
