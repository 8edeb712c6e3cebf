namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>How rows are brought into a table.</summary>
public enum RowWriterKind
{
    /// <summary>COPY into the table: every row is new, and a key that is there already ends the load.</summary>
    Copy,

    /// <summary>Rows whose key is there already are ignored, and so is every row of a batch but the first with its key.</summary>
    InsertOrIgnore,

    /// <summary>
    /// A row whose key is there already takes the place of what is there; of rows of one batch with the same key the last one counts.
    /// </summary>
    Upsert,

    /// <summary>
    /// The same, and a row can say that its key is gone. The rows have one more column than the table, the last one: a boolean that is true
    /// where the row with this key is to be removed; of such a row only the key is looked at. The column's name is the caller's to choose,
    /// as long as the table has none of that name.
    /// </summary>
    UpsertAndDelete,

    /// <summary>Rows are counted and given back; nothing is sent. For benchmarks.</summary>
    Null,
}
