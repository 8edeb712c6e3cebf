namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Options of a writer of <see cref="BatchWriters"/>.</summary>
internal sealed record BatchWriterOptions
{
    /// <summary>Limits of each COPY, into the table itself or into its staging table.</summary>
    /// <value>Default: those of <see cref="CopySinkOptions"/>. <see cref="CopySinkOptions.Freeze"/> is for <see cref="RowWriterKind.Copy"/>
    /// only.</value>
    public CopySinkOptions Copy { get; init; } = new();

    /// <summary>
    /// Maximum number of rows of a batch that is passed as arrays instead of being staged with COPY, for writers that use keys.
    /// </summary>
    /// <value>Rows; default 1,000, 0 for never.</value>
    /// <remarks>
    /// Arrays save two or three round trips and a staging table. COPY costs less per row, needs no memory beyond the pages, and its errors
    /// name the row. perf/results has measurements of both.
    /// </remarks>
    public int MaxArrayRows { get; init; } = 1_000;

    /// <summary>Rules of tables that do not use the default rules, by table name, with or without schema.</summary>
    public IReadOnlyDictionary<string, TableWriteRules> Tables { get; init; } = new Dictionary<string, TableWriteRules>();
}
