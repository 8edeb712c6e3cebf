using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Ledgers become rows on several workers: in order, the same rows, within the budget, and nothing stays behind whatever
/// happens.</summary>
public sealed class LedgerProjectorTests
{
    private const int Ledgers = 60;
    private const long Limit = 1 << 20;
    private static readonly IReadOnlyList<GeneratedLedger> Made = [.. new LedgerGenerator(new LedgerGeneratorOptions
    {
        Seed = 5,
        Transactions = 12,
    }).Take(Ledgers)];

    private readonly PagePool pool = new();
    private readonly ByteBudget budget = new(Limit);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task AddTo_SeveralWorkers_RowsOfOneProjectionInTheOrderOfTheLedgers(int workers)
    {
        var expected = new List<string>();
        using (var projection = new HistoryProjection(TestLedger.Network, pool))
        {
            foreach (GeneratedLedger ledger in Made)
            {
                projection.Project(ledger.CloseMeta.Span);
                var pages = new List<RowPage>();
                projection.Take(pages);
                expected.AddRange(Lines(pages));
            }
        }

        var actual = new List<string>();
        var numbers = new List<uint>();
        var total = new HistoryCounts();
        await RunAsync(workers, Bytes(), rows =>
        {
            numbers.Add(rows.Ledger);
            total.Add((HistoryCounts)rows.Parts[0].Facts!);
            actual.AddRange(Lines(rows.Parts[0].Pages));
        });

        Assert.Equal(Made.Select(ledger => ledger.Sequence), numbers);
        Assert.Equal(expected, actual);
        Assert.Equal((Ledgers, Made.Sum(ledger => ledger.Transactions), Made.Sum(ledger => ledger.Operations)),
            (total.Ledgers, total.Transactions, total.Operations));
        Assert.Equal(Made.Sum(ledger => (long)ledger.CloseMeta.Length), total.Bytes);
        AssertNothingLeft();
    }

    [Fact]
    public async Task AddTo_BudgetBelowOneLedger_EveryLedgerStillComesThrough()
    {
        var small = new ByteBudget(1);
        int taken = 0;

        await RunAsync(4, Bytes(), _ => taken++, small);

        Assert.Equal(Ledgers, taken);
        Assert.Equal(0, small.LentBytes);
        AssertNothingLeft();
    }

    [Fact]
    public async Task AddTo_MoreLedgersThanTheBudgetHolds_ReaderWaits()
    {
        var small = new ByteBudget(4L * Made.Max(ledger => ledger.CloseMeta.Length));

        await RunAsync(4, Bytes(), _ => { }, small);

        // Rows that take more than was borrowed for them overdraw: by no more than they are, of the ledgers under way.
        Assert.InRange(small.PeakBytes, 1, 3 * small.LimitBytes);
        Assert.Equal(0, small.LentBytes);
    }

    [Fact]
    public async Task AddTo_DamagedLedger_EndsWithItsPlaceAndNothingStays()
    {
        byte[][] bytes = [.. Bytes()];
        bytes[40] = bytes[40][..^1];
        var numbers = new List<uint>();

        LedgerRejectedException error =
            await Assert.ThrowsAsync<LedgerRejectedException>(() => RunAsync(3, bytes, rows => numbers.Add(rows.Ledger)));

        Assert.Equal(Made[40].Sequence, error.Ledger);
        Assert.Contains("(ledger 40)", error.Message, StringComparison.Ordinal);
        Assert.Equal(Made.Take(numbers.Count).Select(ledger => ledger.Sequence), numbers);
        Assert.InRange(numbers.Count, 0, 40);
        AssertNothingLeft();
    }

    [Fact]
    public async Task AddTo_TakerFails_NothingStays()
    {
        int taken = 0;

        PipelineException error = await Assert.ThrowsAnyAsync<PipelineException>(() => RunAsync(3, Bytes(), _ =>
        {
            if (++taken == 7) throw new InvalidDataException("No more.");
        }));

        Assert.Contains("No more.", error.ToString(), StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task AddTo_Cancelled_NothingStays()
    {
        using var cancelling = new CancellationTokenSource();
        int taken = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(
            3, Bytes(), _ =>
            {
                if (++taken == 7) cancelling.Cancel();
            },
            null, cancelling.Token));

        AssertNothingLeft();
    }

    private static IEnumerable<byte[]> Bytes() => Made.Select(ledger => ledger.CloseMeta.ToArray());

    private static IEnumerable<string> Lines(IEnumerable<RowPage> pages)
    {
        foreach (RowPage page in pages)
        {
            foreach (string?[] fields in new HistoryRowText(page.Table).Read(page.Memory.Span))
                yield return page.Table + HistoryRowText.ToCsv(fields);
            page.Dispose();
        }
    }

    private async Task RunAsync(int workers, IEnumerable<byte[]> ledgers, Action<LedgerRows> take, ByteBudget? other = null,
        CancellationToken cancellationToken = default)
    {
        ByteBudget lender = other ?? budget;
        using var history = new HistoryTablesProjection(TestLedger.Network);
        using var projector = new LedgerProjector(TestLedger.Network, [history], pool);
        using var graph = new StageGraph();
        StageOutput<LedgerBytes> read = graph.AddSource<LedgerBytes>("read", async (output, token) =>
        {
            int index = 0;
            foreach (byte[] ledger in ledgers)
            {
                LedgerBytes bytes = await LedgerBytes.RentAsync(lender, ledger.Length, $"ledger {index++}", token);
                ledger.CopyTo(bytes.Memory);
                await output.SendAsync(bytes);
            }
        });
        (StageInput<LedgerBytes> input, StageOutput<LedgerRows> projected) = projector.AddTo(graph, workers);
        StageInput<LedgerRows> sink = graph.AddSink<LedgerRows>("take", 1, (rows, _, _) =>
        {
            using (rows) take(rows);
            return ValueTask.CompletedTask;
        });
        graph.Link(read, input);
        graph.Link(projected, sink);
        await graph.RunAsync(cancellationToken);
    }

    private void AssertNothingLeft()
    {
        Assert.Equal(0, budget.LentBytes);
        Assert.Equal(0, pool.Outstanding);
    }
}
