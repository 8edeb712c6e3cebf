namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>How far live ingestion is.</summary>
/// <param name="Latest">The last ledger in the tables.</param>
/// <param name="Oldest">The first ledger of the history; null where it is not known.</param>
/// <param name="ClosedAt">When the last ledger closed; null before the first one of this run.</param>
/// <param name="Behind">Ledgers between it and the tip of the network, as far as that is known.</param>
/// <param name="IsStandingBy">Whether another process follows the network and this one waits.</param>
public sealed record LiveStatus(uint? Latest, uint? Oldest, DateTimeOffset? ClosedAt, double? Behind, bool IsStandingBy)
{
    /// <summary>The age of the last ledger; null before the first one of this run.</summary>
    /// <param name="now">The time.</param>
    public TimeSpan? LagAt(DateTimeOffset now) => ClosedAt is { } closed ? now > closed ? now - closed : TimeSpan.Zero : null;
}
