namespace StellarPipeline.Postgres.Load;

/// <summary>
/// The lock modes of a load's tables, from the weakest to the strongest. Every lock is held until the transaction ends.
/// </summary>
public enum TableLockMode
{
    /// <summary>
    /// Other sessions may read and write, but not change definitions. For loads that share their tables with other writers.
    /// </summary>
    RowExclusive,

    /// <summary>Other sessions may read. They may still insert rows into other tables that refer to existing rows.</summary>
    ShareRowExclusive,

    /// <summary>
    /// Other sessions may read. Writing a row that refers to a row of the table waits, too, so that no new row refers to rows that are
    /// about to be deleted.
    /// </summary>
    Exclusive,

    /// <summary>No other session may read or write.</summary>
    AccessExclusive,
}
