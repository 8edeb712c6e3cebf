namespace StellarPipeline.Postgres.Tables;

/// <summary>How tables are emptied.</summary>
public enum EmptyingMethod
{
    /// <summary>TRUNCATE if the role's privileges and other tables' foreign keys allow it, otherwise DELETE.</summary>
    Auto,

    /// <summary>
    /// One TRUNCATE of all tables: fast, and it leaves no dead rows. It blocks readers until the end of the transaction, and a reader whose
    /// snapshot is older than the commit then sees an empty table (PostgreSQL manual, "Caveats" of MVCC).
    /// </summary>
    Truncate,

    /// <summary>
    /// DELETE table by table, children first: readers see the old rows until the commit, but every row costs time and leaves a dead row
    /// for VACUUM.
    /// </summary>
    Delete,
}
