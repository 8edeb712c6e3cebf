using System.Text.Json;

namespace StellarPipeline.LoadTest.Data;

/// <summary>A generated archive and its rows on disk.</summary>
/// <param name="Directory">The folder of all files.</param>
/// <param name="Facts">The generator's facts.</param>
internal sealed record Dataset(string Directory, DatasetFacts Facts)
{
    public const string FactsFile = "dataset.json";

    /// <summary>The history archive.</summary>
    public string Archive => Path.Combine(Directory, "archive");

    /// <summary>All buckets, decompressed and concatenated; the hash layers read this file.</summary>
    public string Content => Path.Combine(Directory, "content.raw");

    /// <summary>Compressed bucket files, largest last.</summary>
    public IReadOnlyList<string> BucketFiles =>
        [.. System.IO.Directory.EnumerateFiles(Path.Combine(Archive, "bucket"), "*.gz", SearchOption.AllDirectories).OrderBy(
            file => new FileInfo(file).Length)];

    /// <summary>The rows of a table as one COPY stream, in the order in which populate sends them.</summary>
    public string RowFile(string table) => Path.Combine(Directory, "rows", table + ".copy");

    /// <summary>The same rows in random order.</summary>
    public string ShuffledRowFile(string table) => Path.Combine(Directory, "rows", table + ".shuffled.copy");

    public static Dataset? TryOpen(string directory)
    {
        string file = Path.Combine(directory, FactsFile);
        if (!File.Exists(file)) return null;
        DatasetFacts? facts = JsonSerializer.Deserialize<DatasetFacts>(File.ReadAllBytes(file));
        return facts is { Format: DatasetFacts.CurrentFormat } ? new Dataset(directory, facts) : null;
    }
}
