namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Where a backfill writes rows of a range that holds none yet.</summary>
public enum BackfillFill
{
    /// <summary>Beside the tables where that is possible and worth it, else in place. The report says which, and why.</summary>
    Auto,

    /// <summary>
    /// Beside the tables wherever that is possible, however few or many ledgers it is for: without indexes, which are built after the rows.
    /// </summary>
    Beside,

    /// <summary>Into the tables as they are, with their keys and indexes.</summary>
    InPlace,
}
