namespace StellarPipeline.Archive;

/// <summary>How long to wait after a failure: longer each time, never the same for two readers.</summary>
internal sealed class RetryDelay
{
    private readonly TimeSpan start;
    private readonly TimeSpan longest;
    private readonly TimeSpan longestAskedFor;
    private readonly Random random;
    private readonly Lock sync = new();

    /// <summary>Makes a schedule.</summary>
    /// <param name="start">Wait after the first failure.</param>
    /// <param name="longest">Longest wait of our own.</param>
    /// <param name="longestAskedFor">Longest wait that a server may ask for.</param>
    /// <param name="random">Where the jitter comes from; locked by this object.</param>
    public RetryDelay(TimeSpan start, TimeSpan longest, TimeSpan longestAskedFor, Random random)
    {
        this.start = start;
        this.longest = longest;
        this.longestAskedFor = longestAskedFor;
        this.random = random;
    }

    /// <summary>The wait after a failure.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="askedFor">What the server asks for; null for nothing.</param>
    public TimeSpan After(int failures, TimeSpan? askedFor = null)
    {
        // Sixty doublings are more than any bound; without this the number would overflow.
        double own = Math.Min(start.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 60)), longest.TotalSeconds);
        TimeSpan wait = TimeSpan.FromSeconds(own * (0.5 + (0.5 * NextDouble())));
        if (askedFor is not { } asked)
            return wait;
        TimeSpan bounded = Bound(asked);
        return wait > bounded ? wait : bounded;
    }

    /// <summary>What of a server's wish is kept to.</summary>
    public TimeSpan Bound(TimeSpan asked) => asked < longestAskedFor ? asked : longestAskedFor;

    private double NextDouble()
    {
        lock (sync)
            return random.NextDouble();
    }
}
