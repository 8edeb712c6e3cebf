namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Where a backfill is, told about once a second.</summary>
/// <param name="LedgersCommitted">Ledgers of committed batches.</param>
/// <param name="LedgersRead">Ledgers that were read, those of batches that are not committed too.</param>
/// <param name="LedgersToLoad">Ledgers that this run found missing; null where the source does not tell how many it has.</param>
/// <param name="RowsCommitted">Rows of committed batches.</param>
/// <param name="Elapsed">Time since the first batch was begun.</param>
public readonly record struct BackfillProgress(
    long LedgersCommitted, long LedgersRead, long? LedgersToLoad, long RowsCommitted, TimeSpan Elapsed)
{
    /// <summary>How long the rest will take at the rate so far; null where nothing is known yet.</summary>
    public TimeSpan? Remaining => LedgersToLoad is { } all && LedgersCommitted > 0
        ? Elapsed * ((double)Math.Max(0, all - LedgersCommitted) / LedgersCommitted)
        : null;
}
