namespace StellarPipeline.TestSupport;

/// <summary>Measures the allocations of code.</summary>
public static class Allocations
{
    private const int MaxRuns = 10;

    /// <summary>Bytes that some work allocates on its thread without disturbance: the minimum of up to ten runs.</summary>
    /// <remarks>
    /// A garbage collection caused by another thread may add the rest of this thread's allocation buffer, up to 8 KiB. The work's own
    /// allocations are in every run.
    /// </remarks>
    /// <param name="work">The work; its first run includes the JIT compiler.</param>
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
