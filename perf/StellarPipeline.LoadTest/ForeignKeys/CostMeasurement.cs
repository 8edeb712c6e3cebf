namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>The measured values of one load.</summary>
/// <param name="PrepareSeconds">BEGIN, plan of the foreign keys, and the strategy's work before the first row.</param>
/// <param name="CopySeconds">All COPY commands, including PostgreSQL's checks at the end of each.</param>
/// <param name="ProofSeconds">After the last row: deferred checks, rebuilt keys and indexes, and the strategy's proof.</param>
/// <param name="CommitSeconds">COMMIT, including its answer.</param>
/// <param name="WalBytes">Write-ahead log from before BEGIN to after COMMIT.</param>
/// <param name="CpuSeconds">CPU time of the session and its parallel workers; null if unknown.</param>
/// <param name="MemoryBytes">Peak memory of the session and its parallel workers, without shared buffers; null if unknown.</param>
internal sealed record CostMeasurement(double PrepareSeconds, double CopySeconds, double ProofSeconds, double CommitSeconds, long WalBytes,
    double? CpuSeconds, long? MemoryBytes)
{
    /// <summary>Seconds from BEGIN to the answer of COMMIT.</summary>
    public double Seconds => PrepareSeconds + CopySeconds + ProofSeconds + CommitSeconds;
}
