namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>What a run of live ingestion stored.</summary>
/// <param name="First">The first ledger; null if none was stored.</param>
/// <param name="Last">The last ledger; null if none was stored.</param>
/// <param name="Ledgers">Number of ledgers.</param>
/// <param name="Transactions">Stellar transactions in them.</param>
/// <param name="Operations">Operations in them.</param>
/// <param name="Commits">Database transactions.</param>
/// <param name="Elapsed">From the start of the run, before the lock is taken, to its end.</param>
public sealed record LiveReport(uint? First, uint? Last, long Ledgers, long Transactions, long Operations, long Commits, TimeSpan Elapsed)
{
    /// <summary>The part of <see cref="Elapsed"/> before the first ledger was asked for: the lock, migrations, the plan. All of it if the
    /// run ended before.</summary>
    public TimeSpan Preparation { get; init; }
}
