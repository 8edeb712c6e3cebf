using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.History;

namespace StellarPipeline.Stellar.Tests.History;

/// <summary>Ledgers into the history tables of a database, in one transaction: projected on two workers, sent by the program's own
/// load.</summary>
internal static class HistoryLoad
{
    public static async Task<HistoryCounts> RunAsync(NpgsqlDataSource database, StellarNetwork network, IEnumerable<byte[]> ledgers)
    {
        var pool = new PagePool();
        var budget = new ByteBudget(64 << 20);
        var counts = new HistoryCounts();
        await using BulkLoad load = await BulkLoad.OpenAsync(database, new LoadRequest { Tables = HistoryTables.All }, new LoadOptions { Budget = budget });
        using var projector = new LedgerProjector(network, pool);
        using var graph = new StageGraph();
        StageOutput<LedgerBytes> read = graph.AddSource<LedgerBytes>("read", async (output, token) =>
        {
            foreach (byte[] ledger in ledgers)
            {
                LedgerBytes bytes = await LedgerBytes.RentAsync(budget, ledger.Length, null, token);
                ledger.CopyTo(bytes.Memory);
                await output.SendAsync(bytes);
            }
        });
        (StageInput<LedgerBytes> input, StageOutput<LedgerRows> projected) = projector.AddTo(graph, workers: 2);
        (StageInput<LedgerRows> rows, StageOutput<RowPage> pages) = graph.AddStage<LedgerRows, RowPage>("pages", 2, async (ledger, output, _) =>
        {
            counts.Add(ledger.Counts);
            RowPage[] taken = [.. ledger.Pages];
            ledger.Pages.Clear();
            foreach (RowPage page in taken) await output.SendAsync(page);
        });
        graph.Link(read, input);
        graph.Link(projected, rows);
        graph.Link(pages, load);
        await Task.WhenAll(graph.RunAsync(CancellationToken.None), load.CommitAsync());
        Assert.Equal(0, budget.LentBytes);
        Assert.Equal(counts.StateChanges, load.Counters.Where(table => table.Table.Equals(HistoryTables.StateChanges)).Sum(table => table.Rows));
        return counts;
    }
}
