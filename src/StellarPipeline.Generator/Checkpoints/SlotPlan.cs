namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Spreads deleted keys evenly among live ones, so that which slot is live is known without walking the slots before it.</summary>
/// <remarks>
/// Slots come in groups of <c>livePerDead</c> live ones and one dead one, whose place in the group is pseudo-random. A last, incomplete
/// group has none.
/// </remarks>
internal readonly struct SlotPlan(ulong seed, Domain domain, long live, int livePerDead)
{
    public long Live { get; } = live;

    public long Total { get; } = livePerDead == 0 ? live : live + (live / livePerDead);

    public bool IsDead(long slot)
    {
        if (livePerDead == 0) return false;
        long group = slot / (livePerDead + 1);
        return group < Live / livePerDead && slot - (group * (livePerDead + 1)) == DeadPlace(group);
    }

    public long SlotOfLive(long liveIndex)
    {
        if (livePerDead == 0) return liveIndex;
        long group = liveIndex / livePerDead;
        long place = liveIndex - (group * livePerDead);
        bool after = group < Live / livePerDead && place >= DeadPlace(group);
        return (group * (livePerDead + 1)) + place + (after ? 1 : 0);
    }

    private long DeadPlace(long group) =>
        (long)Entropy.Scale(Entropy.Hash(seed, Domain.Slot, ((ulong)domain << 48) ^ (ulong)group), (ulong)livePerDead + 1);
}
