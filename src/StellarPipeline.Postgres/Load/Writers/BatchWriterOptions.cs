namespace StellarPipeline.Postgres;

/// <summary>How a writer of <see cref="BatchWriters"/> works.</summary>
public sealed record BatchWriterOptions
{
    /// <summary>Limits of each COPY, into the table itself or into the table where its rows are staged.</summary>
    /// <value>Default: those of <see cref="CopySinkOptions"/>. <see cref="CopySinkOptions.Freeze"/> is for <see cref="RowWriterKind.Copy"/> only.</value>
    public CopySinkOptions Copy { get; init; } = new();

    /// <summary>Rules of tables that need other ones than the default, by their name, with or without schema.</summary>
    public IReadOnlyDictionary<string, TableWriteRules> Tables { get; init; } = new Dictionary<string, TableWriteRules>();
}
