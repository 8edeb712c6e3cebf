namespace StellarPipeline.Postgres.Load;

/// <summary>When a load asks its caller for late rows, which depend on the progress of the load.</summary>
public enum LateRowsMoment
{
    /// <summary>
    /// A page of the table was accepted. The caller may add late rows that fill whole pages, so that they do not pile up.
    /// </summary>
    PageTaken,

    /// <summary>
    /// A batch of the table is about to be sent, and PostgreSQL checks its keys row by row. The caller must add every row that the batch
    /// may refer to.
    /// </summary>
    BeforeBatch,

    /// <summary>All pages were accepted. The caller adds all remaining late rows.</summary>
    End,
}
