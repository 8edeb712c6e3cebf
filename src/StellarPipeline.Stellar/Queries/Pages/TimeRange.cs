namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>Rows of ledgers that closed between two moments, both of them included. Chunks and partitions outside are not opened.</summary>
/// <param name="Since">The first moment; null for no bound.</param>
/// <param name="Until">The last moment; null for no bound.</param>
public readonly record struct TimeRange(DateTime? Since, DateTime? Until)
{
    /// <summary>All times.</summary>
    public static TimeRange All { get; }
}
