namespace StellarPipeline.Archive.Buckets;

/// <summary>Measures how long a merge waited for its input and its output: the longer wait shows the bottleneck.</summary>
internal sealed class MergeClock
{
    private long inputTicks;
    private long outputTicks;

    /// <summary>Time spent waiting for windows.</summary>
    public TimeSpan InputWait => TimeSpan.FromTicks(Volatile.Read(ref inputTicks));

    /// <summary>Time spent handing over chunks.</summary>
    public TimeSpan OutputWait => TimeSpan.FromTicks(Volatile.Read(ref outputTicks));

    /// <summary>Adds a wait for a window.</summary>
    public void AddInputWait(TimeSpan wait) => Volatile.Write(ref inputTicks, inputTicks + wait.Ticks);

    /// <summary>Adds the hand-over of a chunk.</summary>
    public void AddOutputWait(TimeSpan wait) => Volatile.Write(ref outputTicks, outputTicks + wait.Ticks);
}
