namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>
/// Close times of ledgers from one moment to another, both inclusive. Chunks and partitions outside of it are not opened.
/// </summary>
/// <param name="Since">The first moment; null for no bound.</param>
/// <param name="Until">The last moment; null for no bound.</param>
public readonly record struct TimeRange(DateTime? Since, DateTime? Until)
{
    /// <summary>All times.</summary>
    public static TimeRange All { get; }
}
