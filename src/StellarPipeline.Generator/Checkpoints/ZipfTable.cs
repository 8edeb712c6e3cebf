namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Picks ranks with a weight of 1 / (rank + 1), in integers, so that every machine picks the same.</summary>
internal sealed class ZipfTable
{
    private const ulong Unit = 1UL << 32;

    // The sum of the weights of all ranks before the index.
    private readonly ulong[] before;

    public ZipfTable(int ranks)
    {
        before = new ulong[ranks + 1];
        for (int rank = 0; rank < ranks; rank++) before[rank + 1] = before[rank] + Math.Max(1, Unit / (ulong)(rank + 1));
    }

    public int Pick(ulong random)
    {
        ulong point = Entropy.Scale(random, before[^1]);
        int low = 0;
        int high = before.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (before[middle] <= point) low = middle;
            else high = middle;
        }

        return low;
    }

    /// <summary>A rank's share of a total; the shares of all ranks add up to it exactly.</summary>
    public long Share(int rank, long total) => UpTo(rank + 1, total) - UpTo(rank, total);

    private long UpTo(int rank, long total) => (long)(ulong)((UInt128)before[rank] * (ulong)total / before[^1]);
}
