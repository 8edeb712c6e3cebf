using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>The way from a ledger's bytes to rows allocates nothing per transaction, operation or row once arrays and pages are large
/// enough.</summary>
public sealed class HistoryAllocationTests
{
    // A ledger is projected into pages that are thrown away with their memory kept: what a page and its list take is the same for any
    // ledger.
    private const long MaxBytesPerLedger = 2_048;

    [Fact]
    public void Project_SampleOfEveryOperation_AllocatesNothingPerRow()
    {
        byte[] ledger = LedgerSamples.Ledger();
        using var projection = new HistoryProjection(TestLedger.Network, new PagePool());
        var pages = new List<RowPage>(HistoryTables.All.Count);

        long allocated = Allocations.Fewest(() => Project(projection, ledger, pages));

        Assert.InRange(allocated, 0, MaxBytesPerLedger);
        Assert.Equal(0, AllocatedByWriting(projection, ledger));
    }

    [SkippableTheory]
    [MemberData(nameof(GoldenSet.Names), MemberType = typeof(GoldenSet))]
    public void Project_RecordedLedgers_AllocateNothingPerRow(string name)
    {
        var set = GoldenSet.Open(name);
        using var projection = new HistoryProjection(set.Network(), new PagePool());

        Assert.Equal(0, AllocatedByWriting(projection, set.Ledgers().First()));
    }

    // Rows stay in the writers' pages, which grow until they have room: then nothing at all is allocated. The fewest of ten runs, as in
    // Allocations.Fewest.
    private static long AllocatedByWriting(HistoryProjection projection, byte[] ledger)
    {
        for (int round = 0; round < 3; round++) projection.Project(ledger);
        var pages = new List<RowPage>(HistoryTables.All.Count);
        long fewest = long.MaxValue;
        for (int attempt = 0; attempt < 10 && fewest > 0; attempt++)
        {
            projection.Take(pages);
            foreach (RowPage page in pages) page.Dispose();
            pages.Clear();
            projection.Project(ledger);
            long before = GC.GetAllocatedBytesForCurrentThread();
            projection.Project(ledger);
            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        projection.Dispose();
        return fewest;
    }

    private static void Project(HistoryProjection projection, byte[] ledger, List<RowPage> pages)
    {
        projection.Project(ledger);
        projection.Take(pages);
        foreach (RowPage page in pages) page.Dispose();
        pages.Clear();
    }
}
