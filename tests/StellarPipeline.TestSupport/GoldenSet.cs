using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;

namespace StellarPipeline.TestSupport;

/// <summary>Recorded consecutive ledgers with wallet-backend's rows for them: a folder of <c>expected-ledgers</c>.</summary>
/// <remarks>Reads files without the tested code, so that errors in it cannot hide in the expected rows.</remarks>
public sealed class GoldenSet
{
    private const string Pubnet = "Public Global Stellar Network ; September 2015";
    private const string Testnet = "Test SDF Network ; September 2015";
    private const string Core = "(V) (;,,;) (V)";
    private const uint LastFragment = 0x80000000;

    private readonly IReadOnlyList<string> files;

    private GoldenSet(string name, string passphrase, string? input)
    {
        Name = name;
        Passphrase = passphrase;
        Folder = SampleData.Require("expected-ledgers/" + name);
        using var counts = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "counts.json")));
        LastLedger = counts.RootElement.GetProperty("last_ledger").GetUInt32();
        files = input is null ? [.. Directory.GetFiles(Folder, "*.xdr.*")] : FilesAt(SampleData.Require("ledgers/" + input));
    }

    /// <summary>Name of the folder.</summary>
    public string Name { get; }

    /// <summary>Passphrase of the network.</summary>
    public string Passphrase { get; }

    /// <summary>Full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>The last ledger with expected rows; a file may contain later ledgers.</summary>
    public uint LastLedger { get; }

    /// <summary>Names of all sets, for a theory; one empty name if there are none, so that the test can report it.</summary>
    public static IEnumerable<object[]> Names()
    {
        string? folder = SampleData.Root is null ? null : Path.Combine(SampleData.Root, "expected-ledgers");
        return folder is null || !Directory.Exists(folder) ? [[""]] : Directory.GetDirectories(folder).Order()
            .Select(set => new object[] { Path.GetFileName(set) });
    }

    /// <summary>Opens a set; skips the test if the sample data are missing.</summary>
    /// <param name="name">Name of the folder.</param>
    public static GoldenSet Open(string name) => name switch
    {
        "pubnet-51000294" => new GoldenSet(name, Pubnet, "ledger-51000294.xdr.gz"),
        "pubnet-53312000" => new GoldenSet(name, Pubnet, "FCD285FF--53312000.xdr.zst"),
        "pubnet-57500008" => new GoldenSet(name, Pubnet, "ledger-57500008.xdr.gz"),
        "pubnet-63092988" => new GoldenSet(name, Pubnet, "ledger-63092988.xdr.gz"),
        "testnet-997-999" => new GoldenSet(name, Testnet, "datastore"),
        "load-test-v26" => new GoldenSet(name, "load test network", "load-test-v26.xdr.zst"),
        "load-test-v28" => new GoldenSet(name, "Apply Load", "load-test-v28.xdr.zst"),
        _ when name.StartsWith("pubnet-", StringComparison.Ordinal) => new GoldenSet(name, Pubnet, null),
        _ when name.StartsWith("standalone-", StringComparison.Ordinal) => new GoldenSet(name, "Standalone Network ; February 2017", null),
        _ when name.StartsWith("core-", StringComparison.Ordinal) => new GoldenSet(name, Core, null),
        _ => new GoldenSet(name, Testnet, null),
    };

    /// <summary>
    /// The inputs in the order of their ledgers: each is a LedgerCloseMeta, or a LedgerCloseMetaBatch of a data store.
    /// </summary>
    public IEnumerable<(byte[] Content, bool IsBatch)> Inputs()
    {
        foreach (string file in files)
        {
            byte[] content = Unpacked(file);
            if ((BinaryPrimitives.ReadUInt32BigEndian(content) & LastFragment) == 0)
            {
                yield return (content, BinaryPrimitives.ReadUInt32BigEndian(content) > 2);
                continue;
            }

            for (int at = 0; at < content.Length;)
            {
                int length = (int)(BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(at)) & ~LastFragment);
                at += sizeof(uint);
                yield return (content[at..(at + length)], false);
                at += length;
            }
        }
    }

    /// <summary>The expected rows of a table: the header line, and all other lines in the order of the file.</summary>
    /// <param name="table">Name of the table.</param>
    public (string Header, List<string> Lines) Expected(string table)
    {
        string plain = Path.Combine(Folder, table + ".csv");
        using Stream file = File.Exists(plain) ? File.OpenRead(plain)
            : new GZipStream(File.OpenRead(plain + ".gz"), CompressionMode.Decompress);
        using var reader = new StreamReader(file);
        string header = reader.ReadLine() ?? "";
        var lines = new List<string>();
        while (reader.ReadLine() is { } line) lines.Add(line);
        return (header, lines);
    }

    // Hexadecimal prefixes in a data store decrease with the ledger, so names of later ledgers sort first.
    private static IReadOnlyList<string> FilesAt(string path) =>
        Directory.Exists(path) ? [.. Directory.GetFiles(path, "*.zst", SearchOption.AllDirectories).OrderDescending()] : [path];

    private static byte[] Unpacked(string path)
    {
        using FileStream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress)
            : new ZstdSharp.DecompressionStream(file);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
