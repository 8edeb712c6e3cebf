namespace StellarPipeline.Postgres.Load;

/// <summary>Why a load asks for rows that only its progress decides.</summary>
public enum LateRowsMoment
{
    /// <summary>A page of the table was taken: what fills whole pages may be given, so that it does not pile up.</summary>
    PageTaken,

    /// <summary>
    /// A batch of the table is about to be sent, and PostgreSQL checks rows as they come: every row that its rows may refer to must have
    /// been given.
    /// </summary>
    BeforeBatch,

    /// <summary>All pages were taken: what is left.</summary>
    End,
}
