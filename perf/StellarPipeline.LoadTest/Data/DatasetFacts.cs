namespace StellarPipeline.LoadTest.Data;

/// <summary>Facts about an archive that are known without reading it.</summary>
internal sealed record DatasetFacts
{
    /// <summary>The version of the files; files of other versions are not used.</summary>
    public const int CurrentFormat = 1;

    public int Format { get; init; } = CurrentFormat;

    public required uint Checkpoint { get; init; }

    public required int Buckets { get; init; }

    public required long LiveEntries { get; init; }

    public required long Records { get; init; }

    public required long CompressedBytes { get; init; }

    public required long RawBytes { get; init; }

    /// <summary>Bytes of all row files.</summary>
    public required long RowBytes { get; init; }

    /// <summary>Rows by table, computed by the generator, not by the loader.</summary>
    public required IReadOnlyDictionary<string, long> ExpectedRows { get; init; }

    public long Rows => ExpectedRows.Values.Sum();
}
