namespace StellarPipeline.Dataflow;

/// <summary>Limits of a <see cref="StageGraph"/> as a whole.</summary>
public sealed record StageGraphOptions
{
    /// <summary>How long the graph waits for its stages to end after the first fault or a cancellation.</summary>
    /// <value>Default 30 seconds. A stage that has not ended by then, for example in a socket write without an answer, is abandoned and
    /// named in the log.</value>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long nothing may move between stages, without an external operation, before the run counts as stalled.</summary>
    /// <value>10 milliseconds to 24 days. Default 2 minutes; <see cref="Timeout.InfiniteTimeSpan"/> disables the watchdog.</value>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Throws if a value is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(DrainLimit, TimeSpan.Zero);
        if (StallLimit == Timeout.InfiniteTimeSpan) return;
        ArgumentOutOfRangeException.ThrowIfLessThan(StallLimit, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(StallLimit, TimeSpan.FromDays(24));
    }
}
