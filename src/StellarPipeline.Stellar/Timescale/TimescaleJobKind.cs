namespace StellarPipeline.Stellar.Timescale;

/// <summary>What a job of a history table does.</summary>
internal enum TimescaleJobKind
{
    /// <summary>Compresses chunks that are old enough.</summary>
    Compression,

    /// <summary>Drops chunks that are old enough.</summary>
    Retention,

    /// <summary>Raises oldest_ingest_ledger to the first ledger that is left.</summary>
    Reconcile,

    /// <summary>Something that this program does not set.</summary>
    Other,
}
