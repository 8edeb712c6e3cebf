namespace StellarPipeline.Stellar.Timescale;

/// <summary>What a job of a history table does.</summary>
internal enum TimescaleJobKind
{
    /// <summary>Compresses old chunks.</summary>
    Compression,

    /// <summary>Drops old chunks.</summary>
    Retention,

    /// <summary>Raises oldest_ingest_ledger to the first ledger left by retention.</summary>
    Reconcile,

    /// <summary>Another job, which this program does not change.</summary>
    Other,
}
