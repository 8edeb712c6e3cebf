using BenchmarkDotNet.Attributes;
using StellarPipeline.Benchmarks.Data;
using StellarPipeline.Benchmarks.Harness;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>Recorded ledgers in memory to COPY pages of all five history tables on one core; and only the walk over the bytes with the
/// hashes of all transactions.</summary>
public class HistoryBenchmarks
{
    private readonly List<RowPage> pages = [];
    private readonly HistoryProjection projection = new(StellarNetwork.Pubnet, new PagePool());
    private readonly LedgerReader reader = new(StellarNetwork.Pubnet.Id);
    private byte[] ledger = [];

    /// <summary>A file of the sample data.</summary>
    [ParamsSource(nameof(Ledgers))]
    public string Ledger { get; set; } = "";

    /// <summary>All files.</summary>
    public static IEnumerable<string> Ledgers => SampleLedgers.Names;

    [GlobalSetup]
    public void Setup()
    {
        ledger = SampleLedgers.Read(Ledger);
        long before = projection.Counts.StateChanges;
        Project();
        HistoryCounts counts = projection.Counts;
        long rows = counts.Transactions + counts.Operations + counts.TransactionsAccounts + counts.OperationsAccounts
            + counts.StateChanges - before;
        WorkAmounts.Record<HistoryBenchmarks>(new WorkAmount(ledger.Length, rows));
    }

    [GlobalCleanup]
    public void Cleanup() => projection.Dispose();

    /// <summary>Bytes to pages.</summary>
    [Benchmark(Baseline = true)]
    public int Project()
    {
        projection.Project(ledger);
        projection.Take(pages);
        int bytes = 0;
        foreach (RowPage page in pages)
        {
            bytes += page.ByteCount;
            page.Dispose();
        }

        pages.Clear();
        return bytes;
    }

    /// <summary>Checks the ledger, hashes its transactions and matches them with their results.</summary>
    [Benchmark]
    public int Read() => reader.Read(ledger).TransactionCount;
}
