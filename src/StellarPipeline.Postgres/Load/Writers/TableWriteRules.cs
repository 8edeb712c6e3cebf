namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>How the rows of one table are written.</summary>
public sealed record TableWriteRules
{
    /// <summary>The columns that identify a row. The table must have a unique key of exactly these columns.</summary>
    /// <value>Default null: its primary key.</value>
    public IReadOnlyList<string>? KeyColumns { get; init; }

    /// <summary>Columns that are written in new rows but never updated in existing rows, such as <c>created_at</c>.</summary>
    /// <value>Default none.</value>
    public IReadOnlyList<string> NeverUpdated { get; init; } = [];
}
