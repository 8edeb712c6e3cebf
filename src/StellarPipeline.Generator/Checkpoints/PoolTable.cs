using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>The liquidity pools of an archive, sorted by their ids; some slots are deleted pools.</summary>
internal sealed class PoolTable
{
    private const int Native = -1;

    private readonly byte[][] ids;
    private readonly (int A, int B)[] pairs;
    private readonly AssetTable assets;

    public PoolTable(ulong seed, int pools, int livePerDead, AssetTable assets)
    {
        this.assets = assets;
        Slots = new SlotPlan(seed, Domain.Pool, pools, livePerDead);
        if (Slots.Total > Most(assets.Count)) Slots = new SlotPlan(seed, Domain.Pool, pools, 0);
        pairs = new (int A, int B)[Slots.Total];
        ids = new byte[Slots.Total][];
        for (int pool = 0; pool < pairs.Length; pool++)
        {
            pairs[pool] = Pair(pool, assets.Count);
            ids[pool] = DerivedIds.Pool(Encoded(pairs[pool].A), Encoded(pairs[pool].B));
        }

        Array.Sort(ids, pairs, Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right)));
        ShareTrustlines = new int[Slots.Total];
    }

    public SlotPlan Slots { get; }

    /// <summary>Live share trustlines of each slot, counted while they are written.</summary>
    public int[] ShareTrustlines { get; }

    /// <summary>The number of pairs that <see cref="Pair"/> can make of some assets and the native asset.</summary>
    public static long Most(long assets) => assets + (assets * ((assets - 1) / 2));

    public byte[] Id(long slot) => ids[slot];

    public byte[] AssetA(long slot) => Encoded(pairs[slot].A);

    public byte[] AssetB(long slot) => Encoded(pairs[slot].B);

    // The first pools pair each asset with the native one, most popular first; the others pair assets at growing rank distances.
    private (int A, int B) Pair(int pool, int assets)
    {
        if (pool < assets) return (Native, this.assets.IndexOfRank(pool));
        int left = this.assets.IndexOfRank((pool - assets) % assets);
        int right = this.assets.IndexOfRank((((pool - assets) % assets) + 1 + ((pool - assets) / assets)) % assets);
        return (Math.Min(left, right), Math.Max(left, right));
    }

    private byte[] Encoded(int asset) => asset == Native ? NativeEncoded : this.assets.Encoded(asset);

    private static readonly byte[] NativeEncoded = AssetXdr.Native();
}
