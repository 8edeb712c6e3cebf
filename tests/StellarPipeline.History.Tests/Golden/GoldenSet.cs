using System.Buffers.Binary;
using System.IO.Compression;
using StellarPipeline.HistoryModel;
using StellarPipeline.TestSupport;

namespace StellarPipeline.History.Tests;

/// <summary>A recorded stretch of ledgers with the rows that it must give.</summary>
public sealed record GoldenSet(string Name, string Passphrase, string Input, int Ledgers)
{
    private const string Public = "Public Global Stellar Network ; September 2015";
    private const string Testnet = "Test SDF Network ; September 2015";
    private const string Core = "(V) (;,,;) (V)";

    /// <summary>All sets. Input is a path below the sample data; Ledgers bounds how many of a stream count, 0 takes all.</summary>
    public static IReadOnlyList<GoldenSet> All { get; } =
    [
        new("pubnet-51000294", Public, "ledgers/ledger-51000294.xdr.gz", 0),
        new("pubnet-53312000", Public, "ledgers/FCD285FF--53312000.xdr.zst", 0),
        new("pubnet-57500008", Public, "ledgers/ledger-57500008.xdr.gz", 0),
        Own("pubnet-58752000", Public, "ledger-58752000.xdr.gz"),
        new("pubnet-63092988", Public, "ledgers/ledger-63092988.xdr.gz", 0),
        new("testnet-997-999", Testnet, "ledgers/datastore", 0),
        Own("standalone-v23", "Standalone Network ; February 2017", "standalone-v23.xdr.zst"),
        new("load-test-v26", "load test network", "ledgers/load-test-v26.xdr.zst", 8),
        new("load-test-v28", "Apply Load", "ledgers/load-test-v28.xdr.zst", 8),
        .. from name in new[]
            {
                "core-p0", "core-p7", "core-p9-events", "core-p13", "core-p19", "core-p20-soroban", "core-p22-soroban",
                    "core-p22-soroban-events", "core-p23-soroban",
                "core-p23-soroban-events", "core-p28-soroban", "core-p28", "core-p28-events",
            }
            select Own(name, Core, "ledger.xdr.gz"),
        .. from name in new[] { "1000001", "1000002", "1000003", "1000004", "2000001", "20001", "20002",
            "500001" } select Own($"made-{name}", Testnet, $"ledger-{name}.xdr.gz"),
    ];

    /// <summary>The bytes of each LedgerCloseMeta, or of batches of them.</summary>
    public List<CloseMeta> ReadLedgers()
    {
        string path = SampleData.Require(Input);
        if (Directory.Exists(path))
            return [.. Directory.GetFiles(path, "*.xdr.zst", SearchOption.AllDirectories)
                .SelectMany(static file => CloseMeta.DecodeBatch(Unpacked(file))).OrderBy(static ledger => ledger.Header.Header.Sequence)];
        byte[] bytes = Unpacked(path);
        if (Name == "pubnet-53312000") return CloseMeta.DecodeBatch(bytes);
        if (path.EndsWith(".gz", StringComparison.Ordinal)) return [CloseMeta.Decode(bytes)];
        List<CloseMeta> ledgers = [];
        for (int at = 0; at < bytes.Length && (Ledgers == 0 || ledgers.Count < Ledgers);)
        {
            int length = (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at)) & 0x7fff_ffff);
            ledgers.Add(CloseMeta.Decode(bytes[(at + 4)..(at + 4 + length)]));
            at += 4 + length;
        }

        return ledgers;
    }

    /// <summary>The recorded lines of a table, with the header line.</summary>
    public string[] Expected(string table)
    {
        string path = Path.Combine(SampleData.Require($"expected-ledgers/{Name}"), table + ".csv");
        using Stream stream = File.Exists(path) ? File.OpenRead(path)
            : new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    }

    public override string ToString() => Name;

    private static GoldenSet Own(string name, string passphrase, string file) => new(
        name, passphrase, $"expected-ledgers/{name}/{file}", 0);

    private static byte[] Unpacked(string path)
    {
        using FileStream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : new ZstdSharp.DecompressionStream(file);
        using MemoryStream memory = new();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
