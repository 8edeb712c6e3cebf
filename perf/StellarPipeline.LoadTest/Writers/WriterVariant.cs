using StellarPipeline.Postgres.Load.Writers;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>One way to write a batch into a table.</summary>
/// <param name="Name">Name in the results.</param>
/// <param name="Kind">The product's writer.</param>
/// <param name="MaxArrayRows">Most rows that are sent as arrays: none, or all.</param>
internal sealed record WriterVariant(string Name, RowWriterKind Kind, int MaxArrayRows = 0)
{
    /// <summary>All ways, the baseline first.</summary>
    public static IReadOnlyList<WriterVariant> All { get; } =
    [
        new("COPY", RowWriterKind.Copy),
        new("insert or ignore, staged", RowWriterKind.InsertOrIgnore),
        new("upsert, staged", RowWriterKind.Upsert),
        new("upsert, arrays", RowWriterKind.Upsert, int.MaxValue),
        new("upsert and delete, staged", RowWriterKind.UpsertAndDelete),
    ];

    /// <summary>Whether every row must be new.</summary>
    public bool NeedsNewKeys => Kind == RowWriterKind.Copy;

    /// <summary>Whether the rows have the marker for deleted keys.</summary>
    public bool HasMarker => Kind == RowWriterKind.UpsertAndDelete;
}
