namespace StellarPipeline.TestSupport;

/// <summary>Measures what code allocates.</summary>
public static class Allocations
{
    private const int MaxRuns = 10;

    /// <summary>Bytes that a piece of work allocates on its thread when nothing disturbs it: the fewest of up to ten runs.</summary>
    /// <remarks>
    /// A collection that another thread causes meanwhile may charge this one with the rest of its allocation buffer, up to 8 KiB. What the
    /// work allocates itself shows in every run.
    /// </remarks>
    /// <param name="work">The work. The first run compiles it.</param>
    public static long Fewest(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        long fewest = long.MaxValue;
        for (int run = 0; run < MaxRuns && fewest > 0; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return fewest;
    }
}
