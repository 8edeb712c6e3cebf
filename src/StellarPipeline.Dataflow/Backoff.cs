namespace StellarPipeline.Dataflow;

/// <summary>Computes how long to wait before another try: each wait is twice as long, up to a limit, and partly random.</summary>
/// <remarks>
/// All waits between tries are computed here. Immutable and thread-safe. A wait is never negative and never longer than
/// <see cref="LongestPossible"/>, whatever the options are.
/// </remarks>
public sealed class Backoff
{
    /// <summary>The longest wait of a .NET timer: a little over 49 days.</summary>
    public static readonly TimeSpan LongestPossible = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>The default random share of a wait: its upper half.</summary>
    public const double DefaultJitter = 0.5;

    // More doublings than the number of ticks has bits: the limit is reached earlier.
    private const int MaxDoublings = 64;

    private readonly double firstTicks;
    private readonly double longestTicks;
    private readonly double jitter;
    private readonly TimeProvider time;
    private readonly Random random;
    private readonly Lock? randomLock;

    /// <summary>Creates a schedule of doubling waits.</summary>
    /// <param name="first">Longest wait after the first failure. Zero means no waits at all.</param>
    /// <param name="longest">Longest wait. If it is less than <paramref name="first"/>, every wait has this length.</param>
    /// <param name="jitter">Random share of each wait, 0 to 1: with 0.5, a wait of 8 s becomes 4 to 8 s, so that callers that failed
    /// together do not retry together. 0 for exact waits.</param>
    /// <param name="time">The clock for the waits; null for the system's.</param>
    /// <param name="random">Source of random numbers, locked by this object; null for the shared generator.</param>
    /// <exception cref="ArgumentOutOfRangeException">A duration is negative, or the share is not 0 to 1.</exception>
    public Backoff(TimeSpan first, TimeSpan longest, double jitter = DefaultJitter, TimeProvider? time = null, Random? random = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, TimeSpan.Zero);
        if (!(jitter is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(jitter), jitter, "The random share must be 0 to 1.");
        firstTicks = first.Ticks;
        longestTicks = Math.Min(longest.Ticks, LongestPossible.Ticks);
        this.jitter = jitter;
        this.time = time ?? TimeProvider.System;
        this.random = random ?? Random.Shared;
        randomLock = random is null ? null : new Lock();
    }

    /// <summary>Creates a schedule of equal waits, for polling.</summary>
    /// <param name="interval">Length of each wait.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative.</exception>
    public static Backoff Steady(TimeSpan interval, TimeProvider? time = null) => new(interval, interval, jitter: 0, time);

    /// <summary>The wait after a failure.</summary>
    /// <param name="failures">Failures in a row, from 1. Zero or less means that nothing has failed: no wait.</param>
    /// <param name="atLeast">The shortest wait, such as a server's Retry-After; null for none. It may exceed the longest wait of this
    /// schedule.</param>
    /// <returns>The wait, from 0 to <see cref="LongestPossible"/>.</returns>
    public TimeSpan After(int failures, TimeSpan? atLeast = null)
    {
        double ticks = failures < 1 ? 0 : Math.Min(firstTicks * Math.Pow(2, Math.Min(failures - 1, MaxDoublings)), longestTicks);
        if (jitter > 0 && ticks > 0) ticks *= 1 - (jitter * (1 - Next()));
        if (atLeast is { } least && least.Ticks > ticks) ticks = Math.Min(least.Ticks, LongestPossible.Ticks);
        return TimeSpan.FromTicks((long)ticks);
    }

    /// <summary>Waits after a failure.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes after the wait.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public Task WaitAsync(int failures, CancellationToken cancellationToken = default) => WaitAsync(After(failures), cancellationToken);

    /// <summary>Waits for a duration from <see cref="After"/>, on this schedule's clock.</summary>
    /// <param name="wait">How long; zero or less returns at once.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes after the wait.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled. This is checked even if the wait is zero.</exception>
    public Task WaitAsync(TimeSpan wait, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        if (wait <= TimeSpan.Zero) return Task.CompletedTask;
        return Task.Delay(wait < LongestPossible ? wait : LongestPossible, time, cancellationToken);
    }

    private double Next()
    {
        // Not used for secrets: only the spread matters.
#pragma warning disable CA5394
        if (randomLock is null) return random.NextDouble();
        lock (randomLock) return random.NextDouble();
#pragma warning restore CA5394
    }
}
