namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>One load.</summary>
/// <param name="PrepareSeconds">BEGIN, plan of the foreign keys, and what the strategy does before the first row.</param>
/// <param name="CopySeconds">All COPY commands, with what PostgreSQL checks at the end of each.</param>
/// <param name="ProofSeconds">After the last row: checks that were put off, what is built again, and the strategy's proof.</param>
/// <param name="CommitSeconds">COMMIT, with its answer.</param>
/// <param name="WalBytes">Write-ahead log from before BEGIN to after COMMIT.</param>
/// <param name="CpuSeconds">CPU time of the session and its parallel workers; null where it cannot be seen.</param>
/// <param name="MemoryBytes">Most memory of the session and its parallel workers, without shared buffers; null where it cannot be
/// seen.</param>
internal sealed record CostMeasurement(double PrepareSeconds, double CopySeconds, double ProofSeconds, double CommitSeconds, long WalBytes,
    double? CpuSeconds, long? MemoryBytes)
{
    /// <summary>From BEGIN to the answer of COMMIT.</summary>
    public double Seconds => PrepareSeconds + CopySeconds + ProofSeconds + CommitSeconds;
}
