namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Spreads deleted keys evenly among live ones; whether a slot is live follows from its number alone.</summary>
/// <remarks>
/// Each group has <c>livePerDead</c> live slots and one dead slot at a pseudo-random place. A last, incomplete group has no dead slot.
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
