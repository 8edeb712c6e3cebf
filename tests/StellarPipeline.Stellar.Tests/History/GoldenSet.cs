using System.IO.Compression;
using System.Text.Json;
using StellarPipeline.Archive;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.History;

/// <summary>Recorded ledgers and the rows that upstream made of them.</summary>
internal sealed class GoldenSet
{
    private const string Pubnet = "Public Global Stellar Network ; September 2015";
    private const string Testnet = "Test SDF Network ; September 2015";
    private const string Core = "(V) (;,,;) (V)";

    private GoldenSet(string name, string passphrase, string? input)
    {
        Name = name;
        Network = StellarNetwork.Parse(passphrase);
        Folder = SampleData.Require("expected-ledgers/" + name);
        using var counts = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "counts.json")));
        FirstLedger = counts.RootElement.GetProperty("first_ledger").GetUInt32();
        LastLedger = counts.RootElement.GetProperty("last_ledger").GetUInt32();
        Inputs = input is null ? [.. Directory.GetFiles(Folder, "*.xdr.*")] : InputsAt(SampleData.Require("ledgers/" + input));
    }

    public string Name { get; }

    public StellarNetwork Network { get; }

    public string Folder { get; }

    public uint FirstLedger { get; }

    public uint LastLedger { get; }

    /// <summary>Files of ledgers, in order.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Names of all sets of the sample data; one empty name where there are none, so that the test can say so.</summary>
    public static IEnumerable<object[]> Names()
    {
        string? folder = SampleData.Root is null ? null : Path.Combine(SampleData.Root, "expected-ledgers");
        return folder is null || !Directory.Exists(folder) ? [[""]] : Directory.GetDirectories(folder).Order()
            .Select(set => new object[] { Path.GetFileName(set) });
    }

    public static GoldenSet Open(string name) => name switch
    {
        "" => new GoldenSet("", Pubnet, null),
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

    /// <summary>The expected rows of a table, as lines of CSV without the header, sorted.</summary>
    public List<string> Expected(CopyTable table)
    {
        string plain = Path.Combine(Folder, table.Name + ".csv");
        using Stream file = File.Exists(plain) ? File.OpenRead(plain)
            : new GZipStream(File.OpenRead(plain + ".gz"), CompressionMode.Decompress);
        using var reader = new StreamReader(file);
        Assert.Equal(string.Join(',', table.Columns), reader.ReadLine());
        var lines = new List<string>();
        while (reader.ReadLine() is { } line) lines.Add(line);
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    /// <summary>The rows that the projection makes, by table, in the order in which they leave.</summary>
    public Dictionary<CopyTable, List<string>> Project(PagePool pool, out HistoryCounts counts)
    {
        using var projection = new HistoryProjection(Network, pool);
        var pages = new List<RowPage>();
        foreach (string input in Inputs)
        {
            LedgerFile.Read(input).Each((ledger, isWhole, location) =>
            {
                uint number;
                int length = ledger.Length;
                if (isWhole) number = projection.Project(ledger, location);
                else number = projection.ProjectStart(ledger, location, out length);
                projection.Take(pages);
                return number == LastLedger ? -1 : length;
            });
        }

        var rows = HistoryTables.All.ToDictionary(table => table, _ => new List<string>());
        foreach (RowPage page in pages)
        {
            rows[page.Table].AddRange(new HistoryRowText(page.Table).Read(page.Memory.Span).Select(HistoryRowText.ToCsv));
            page.Dispose();
        }

        counts = projection.Counts;
        return rows;
    }

    /// <summary>Projects all ledgers; their rows stay in the projection.</summary>
    public void ProjectInto(HistoryProjection projection)
    {
        foreach (string input in Inputs)
        {
            LedgerFile.Read(input).Each((ledger, isWhole, location) =>
            {
                int length = ledger.Length;
                uint number = isWhole ? projection.Project(ledger, location) : projection.ProjectStart(ledger, location, out length);
                return number == LastLedger ? -1 : length;
            });
        }
    }

    // Names of a data store count downwards in hexadecimal, so that later ledgers come first.
    private static IReadOnlyList<string> InputsAt(string path) =>
        Directory.Exists(path) ? [.. Directory.GetFiles(path, "*.zst", SearchOption.AllDirectories).OrderDescending()] : [path];
}
