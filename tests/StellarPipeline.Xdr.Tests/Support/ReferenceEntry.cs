using System.IO.Compression;
using System.Text.Json.Nodes;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>A ledger entry, its key, and what the reference decoder says about it.</summary>
internal sealed record ReferenceEntry(string Name, byte[] Key, byte[] Entry, JsonNode Json)
{
    /// <summary>Entries made for the arms that recorded ledgers hold rarely or never: Vectors/make-reference-entries.mjs.</summary>
    public static IReadOnlyList<ReferenceEntry> Made()
    {
        using Stream stream = typeof(ReferenceEntry).Assembly.GetManifestResourceStream("reference-entries.jsonl")!;
        return Read(stream);
    }

    /// <summary>Entries out of recorded ledgers. Skips the test where they are absent.</summary>
    public static IReadOnlyList<ReferenceEntry> Recorded()
    {
        using FileStream file = File.OpenRead(SampleData.Require("entries/ledger-entries.jsonl.gz"));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        return Read(unpacked);
    }

    private static List<ReferenceEntry> Read(Stream stream)
    {
        List<ReferenceEntry> entries = [];
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            JsonNode node = JsonNode.Parse(line)!;
            string name = $"{node["name"] ?? node["type"]} (line {entries.Count + 1})";
            entries.Add(new ReferenceEntry(
                name, Convert.FromBase64String((string)node["key"]!), Convert.FromBase64String((string)node["xdr"]!), node["json"]!));
        }

        return entries;
    }
}
