namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>How far a backfill is; reported about once a second.</summary>
/// <param name="LedgersCommitted">Ledgers of committed batches.</param>
/// <param name="LedgersRead">Ledgers that were read, including those of batches that are not committed.</param>
/// <param name="LedgersToLoad">Ledgers that this run found missing or torn; null if the source does not tell how many it has.</param>
/// <param name="RowsCommitted">Rows of committed batches.</param>
/// <param name="Elapsed">Time since the first batch began.</param>
public readonly record struct BackfillProgress(
    long LedgersCommitted, long LedgersRead, long? LedgersToLoad, long RowsCommitted, TimeSpan Elapsed)
{
    /// <summary>Time for the rest at the rate so far; null while no rate is known.</summary>
    public TimeSpan? Remaining => LedgersToLoad is { } all && LedgersCommitted > 0
        ? Elapsed * ((double)Math.Max(0, all - LedgersCommitted) / LedgersCommitted)
        : null;
}
