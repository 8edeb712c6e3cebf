using StellarPipeline.Postgres.Load.Writers;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>One way to bring a batch into a table.</summary>
/// <param name="Name">As the results show it.</param>
/// <param name="Kind">The product's writer.</param>
/// <param name="MaxArrayRows">Most rows that go as arrays: none, or all.</param>
internal sealed record WriterVariant(string Name, RowWriterKind Kind, int MaxArrayRows = 0)
{
    /// <summary>The baseline first.</summary>
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

    /// <summary>Whether the rows carry the marker of keys that are gone.</summary>
    public bool HasMarker => Kind == RowWriterKind.UpsertAndDelete;
}
