using System.Diagnostics;

namespace StellarPipeline.LoadTest.Measuring;

/// <summary>Measures some work of this process and of the programs that it runs.</summary>
internal sealed class Meter
{
    private readonly double cpu = ProcessUsage.OwnCpuSeconds() + ProcessUsage.ChildrenCpuSeconds();
    private readonly long allocated = GC.GetTotalAllocatedBytes();
    private readonly int collections = Collections();
    private readonly TimeSpan pauses = GC.GetTotalPauseDuration();
    private readonly long started;

    private Meter() => started = Stopwatch.GetTimestamp();

    /// <summary>Collects garbage and starts, so that garbage of the previous layer costs this layer no time or memory.</summary>
    public static Meter Start()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        ProcessUsage.ResetPeak();
        return new Meter();
    }

    public Measurement Stop()
    {
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new Measurement
        {
            Seconds = seconds,
            ClientCpuSeconds = ProcessUsage.OwnCpuSeconds() + ProcessUsage.ChildrenCpuSeconds() - cpu,
            PeakResidentBytes = ProcessUsage.PeakResidentBytes(),
            AllocatedBytes = GC.GetTotalAllocatedBytes() - allocated,
            Collections = Collections() - collections,
            PauseSeconds = (GC.GetTotalPauseDuration() - pauses).TotalSeconds,
        };
    }

    // A collection of a generation also counts for all younger generations.
    private static int Collections() => GC.CollectionCount(0);
}
