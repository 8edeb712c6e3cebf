namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>How far live ingestion is.</summary>
/// <param name="Latest">The last ledger in the tables.</param>
/// <param name="Oldest">The first ledger of the history; null if it is not known.</param>
/// <param name="ClosedAt">When the last ledger closed; null before the first one of this run.</param>
/// <param name="Behind">Ledgers between it and the tip of the network, or an estimate; null before the first one of this run.</param>
/// <param name="IsStandingBy">Whether the process waits for the lock, because another process follows the network.</param>
public sealed record LiveStatus(uint? Latest, uint? Oldest, DateTimeOffset? ClosedAt, double? Behind, bool IsStandingBy)
{
    /// <summary>The age of the last ledger; null before the first one of this run.</summary>
    /// <param name="now">The present time.</param>
    public TimeSpan? LagAt(DateTimeOffset now) => ClosedAt is { } closed ? now > closed ? now - closed : TimeSpan.Zero : null;
}
