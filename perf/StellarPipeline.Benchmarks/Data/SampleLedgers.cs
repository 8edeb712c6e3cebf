using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Stellar;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Benchmarks.Data;

/// <summary>Recorded ledgers of the public network from the sample data, which are too large for the repository.</summary>
internal static class SampleLedgers
{
    private const string Variable = "PIPELINE_SAMPLE_DATA";

    /// <summary>Paths relative to the folder of the sample data, with forward slashes.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "ledgers/ledger-51000294.xdr.gz", "ledgers/FCD285FF--53312000.xdr.zst", "ledgers/ledger-57500008.xdr.gz",
        "expected-ledgers/pubnet-58752000/ledger-58752000.xdr.gz", "ledgers/ledger-63092988.xdr.gz",
    ];

    /// <summary>Reads the first ledger of a file.</summary>
    public static byte[] Read(string name)
    {
        byte[] first = [];
        LedgerFile.Read(Path.Combine(Root(), name)).Each((bytes, _, _) =>
        {
            first = bytes[..new LedgerReader(StellarNetwork.Pubnet.Id).ReadStart(bytes).Length].ToArray();
            return -1;
        });
        return first;
    }

    private static string Root()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate)) return candidate;
        }

        throw new InvalidOperationException($"The recorded ledgers were not found. Set {Variable} to the folder of the sample data.");
    }
}
