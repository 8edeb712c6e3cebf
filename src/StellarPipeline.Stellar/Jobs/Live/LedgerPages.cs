using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>The pages of the ledgers of one transaction, returned table by table, each in the order of the ledgers.</summary>
internal sealed class LedgerPages : IDisposable
{
    private readonly Dictionary<CopyTable, List<RowPage>> pages = [];

    /// <summary>Takes over the pages.</summary>
    /// <param name="ledgers">The ledgers; they lose their rows.</param>
    /// <param name="contracts">For each ledger a page of contracts that was encoded later; null for none.</param>
    public LedgerPages(IReadOnlyList<LedgerWork> ledgers, IReadOnlyList<RowPage?> contracts)
    {
        for (int index = 0; index < ledgers.Count; index++)
        {
            foreach (RowPage page in ledgers[index].TakePages()) Of(page.Table).Add(page);
            if (contracts[index] is { } more) Of(WalletTables.ProtocolContracts).Add(more);
        }
    }

    /// <summary>Returns the pages of some tables.</summary>
    /// <param name="tables">The tables, in the order in which they are written.</param>
    /// <returns>The pages; the caller owns them.</returns>
    public IReadOnlyList<RowPage> Take(IReadOnlyList<CopyTable> tables)
    {
        var taken = new List<RowPage>();
        foreach (CopyTable table in tables)
        {
            if (pages.Remove(table, out List<RowPage>? own)) taken.AddRange(own);
        }

        return taken;
    }

    /// <summary>Releases the pages that were not taken.</summary>
    public void Dispose()
    {
        foreach (RowPage page in pages.Values.SelectMany(static own => own)) page.Dispose();
        pages.Clear();
    }

    private List<RowPage> Of(CopyTable table)
    {
        if (!pages.TryGetValue(table, out List<RowPage>? own)) pages.Add(table, own = []);
        return own;
    }
}
