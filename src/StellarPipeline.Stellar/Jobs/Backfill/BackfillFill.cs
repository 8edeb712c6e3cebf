namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Where a backfill writes the rows of a range that has none yet.</summary>
public enum BackfillFill
{
    /// <summary>In separate tables if that is possible and worth it, else in place. The report says which, and why.</summary>
    Auto,

    /// <summary>
    /// In separate tables wherever that is possible, for any number of ledgers: indexes are built after the rows are loaded.
    /// </summary>
    Beside,

    /// <summary>Directly in the history tables, with their keys and indexes.</summary>
    InPlace,
}
