namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>How a writer of <see cref="BatchWriters"/> works.</summary>
internal sealed record BatchWriterOptions
{
    /// <summary>Limits of each COPY, into the table itself or into the table where its rows are staged.</summary>
    /// <value>Default: those of <see cref="CopySinkOptions"/>. <see cref="CopySinkOptions.Freeze"/> is for <see cref="RowWriterKind.Copy"/>
    /// only.</value>
    public CopySinkOptions Copy { get; init; } = new();

    /// <summary>
    /// Most rows of a batch that is handed over as arrays instead of being staged with COPY, for the writers that look at keys.
    /// </summary>
    /// <value>Rows; default 1,000, 0 for never.</value>
    /// <remarks>
    /// Arrays save two or three round trips and a staging table; COPY costs less for each row, keeps to the memory of the pages, and its
    /// refusals name the row. perf/results has both, measured.
    /// </remarks>
    public int MaxArrayRows { get; init; } = 1_000;

    /// <summary>Rules of tables that need other ones than the default, by their name, with or without schema.</summary>
    public IReadOnlyDictionary<string, TableWriteRules> Tables { get; init; } = new Dictionary<string, TableWriteRules>();
}
