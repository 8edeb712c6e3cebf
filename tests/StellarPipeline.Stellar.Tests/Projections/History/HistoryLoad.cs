using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Ledgers into the history tables of a database, in one transaction: projected on two workers, sent by the program's own
/// load.</summary>
internal static class HistoryLoad
{
    public static async Task<HistoryCounts> RunAsync(NpgsqlDataSource database, StellarNetwork network, IEnumerable<byte[]> ledgers)
    {
        var pool = new PagePool();
        var budget = new ByteBudget(64 << 20);
        using var history = new HistoryTablesProjection(network);
        var request = new LoadRequest { Tables = history.Tables, Expected = history.Expected };
        await using BulkLoad load = await BulkLoad.OpenAsync(database, request, new LoadOptions { Budget = budget });
        using var projector = new LedgerProjector(network, [history], pool);
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
        (StageInput<LedgerRows> Input,
            StageOutput<RowPage> Output) send = graph.AddStage<LedgerRows, RowPage>("send", 2, async (ledger, output, _) =>
            {
                history.Collect(ledger.Parts[0].Facts!);
                foreach (RowPage page in ledger.TakePages()) await output.SendAsync(page);
            });
        graph.Link(read, input);
        graph.Link(projected, send.Input);
        graph.Link(send.Output, load);
        await Task.WhenAll(graph.RunAsync(CancellationToken.None), load.CommitAsync());
        Assert.Equal(0, budget.LentBytes);
        HistoryCounts counts = history.Counts;
        foreach (CopyTable table in history.Tables)
            Assert.Equal(counts.RowsOf(table), load.Counters.Where(sent => sent.Table.Equals(table)).Sum(sent => sent.Rows));
        return counts;
    }
}
