namespace StellarPipeline.Postgres.Load;

/// <summary>
/// How strongly a load locks its tables, from the weakest to the strongest. Every mode is held until the transaction ends.
/// </summary>
public enum TableLockMode
{
    /// <summary>
    /// Others may read and write; the definitions stay as they are. For loads that share their tables with other writers.
    /// </summary>
    RowExclusive,

    /// <summary>Others may read. Rows of other tables may still come to refer to rows that are there.</summary>
    ShareRowExclusive,

    /// <summary>
    /// Others may read; a row that refers to a row of the table waits too, so that nobody can come to depend on rows that are about to be
    /// deleted.
    /// </summary>
    Exclusive,

    /// <summary>Nobody else may read or write.</summary>
    AccessExclusive,
}
