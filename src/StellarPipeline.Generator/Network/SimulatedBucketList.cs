using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Generator.Network;

/// <summary>
/// A bucket list in memory that receives a batch with every ledger and spills its levels as a network does (stellar-core
/// BucketListBase.cpp).
/// </summary>
/// <remarks>
/// A merge runs when its result is needed, at the next spill, and not in parallel with the ledgers; the levels have the same content.
/// </remarks>
internal sealed class SimulatedBucketList(bool isHotArchive)
{
    private readonly SimulatedBucket[] curr = Full();
    private readonly SimulatedBucket[] snap = Full();

    private static int Last => ArchiveDefinition.LevelCount - 1;

    /// <summary>The buckets as an archive stores them.</summary>
    public IReadOnlyList<LevelBuckets> Levels =>
        [.. Enumerable.Range(0, ArchiveDefinition.LevelCount).Select(
            level => new LevelBuckets(this.curr[level].Records, this.snap[level].Records))];

    /// <summary>The hash of the list, as used in a header, 32 bytes.</summary>
    public byte[] Hash => BucketListHash.OfList(this.curr.Zip(this.snap, static (curr, snap) => (curr.Hash, snap.Hash)));

    /// <summary>Newest version of every key, tombstones included; newest bucket first.</summary>
    public IEnumerable<BucketItem> Newest()
    {
        HashSet<string> seen = [];
        for (int level = 0; level <= Last; level++)
        {
            foreach (BucketItem item in this.curr[level].Items.Concat(this.snap[level].Items))
                if (seen.Add(Convert.ToHexString(item.Key))) yield return item;
        }
    }

    /// <summary>Puts the state before the first ledger into the last level.</summary>
    public void Begin(SimulatedBucket state) =>
        this.curr[Last] = SimulatedBucket.Merge(SimulatedBucket.Empty, state, isHotArchive, isLast: true);

    /// <summary>Adds the changes of a ledger.</summary>
    public void Add(uint ledger, SimulatedBucket batch)
    {
        for (int level = Last; level > 0; level--)
        {
            if (!Spills(ledger, level - 1)) continue;
            this.curr[level] = SimulatedBucket.Merge(this.curr[level], this.snap[level - 1], isHotArchive, level == Last);
            this.snap[level - 1] = this.curr[level - 1];
            this.curr[level - 1] = SimulatedBucket.Empty;
        }

        this.curr[0] = SimulatedBucket.Merge(this.curr[0], batch, isHotArchive, isLast: false);
    }

    // A level has the changes of up to 4^(level + 1) ledgers and spills half of them at a time.
    private static bool Spills(uint ledger, int level) => ledger % (1UL << ((2 * level) + 1)) == 0;

    private static SimulatedBucket[] Full()
    {
        var buckets = new SimulatedBucket[ArchiveDefinition.LevelCount];
        Array.Fill(buckets, SimulatedBucket.Empty);
        return buckets;
    }
}
