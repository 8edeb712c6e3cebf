namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>How rows are written to a table.</summary>
public enum RowWriterKind
{
    /// <summary>COPY into the table: every row is inserted. A key that already exists fails the load.</summary>
    Copy,

    /// <summary>Inserts rows; rows whose key already exists are ignored. Of rows of a batch with the same key, the first is used.</summary>
    InsertOrIgnore,

    /// <summary>
    /// Inserts rows; a row whose key already exists replaces the existing row. Of rows of a batch with the same key, the last is used.
    /// </summary>
    Upsert,

    /// <summary>
    /// Like <see cref="Upsert"/>, and rows can also delete. The rows have one column more than the table, at the end: a boolean that is
    /// true if the row with this key is to be deleted; the other columns of such a row, except the key, are ignored. The caller chooses the
    /// name of this column; the table must not have a column of that name.
    /// </summary>
    UpsertAndDelete,

    /// <summary>Counts rows and returns the pages; sends nothing. For benchmarks.</summary>
    Null,
}
