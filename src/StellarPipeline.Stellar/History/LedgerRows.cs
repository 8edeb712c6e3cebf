using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.History;

/// <summary>What one ledger became: pages of the five history tables, and counts.</summary>
/// <remarks>
/// One owner at a time. Whoever takes a page out of <see cref="Pages"/> owns it, and gives its bytes back to the budget when it is sent.
/// Disposing gives back the pages that are left, and their bytes.
/// </remarks>
public sealed class LedgerRows : IDisposable
{
    private readonly ByteBudget budget;

    internal LedgerRows(uint ledger, object? location, ByteBudget budget)
    {
        Ledger = ledger;
        Location = location;
        this.budget = budget;
    }

    /// <summary>Number of the ledger.</summary>
    public uint Ledger { get; }

    /// <summary>Where the ledger came from, for messages.</summary>
    public object? Location { get; }

    /// <summary>At most one page per table.</summary>
    public List<RowPage> Pages { get; } = [];

    /// <summary>What was counted in this ledger alone.</summary>
    public HistoryCounts Counts { get; internal set; } = new();

    /// <summary>Bytes of the pages.</summary>
    public long ByteCount => Pages.Sum(page => (long)page.ByteCount);

    internal bool IsLent { get; set; }

    /// <summary>Makes sure that the pages hold as many rows of each table as were counted.</summary>
    internal void Check()
    {
        foreach (CopyTable table in HistoryTables.All)
        {
            long rows = Pages.Where(page => page.Table == table).Sum(page => (long)page.RowCount);
            if (rows != Counts.RowsOf(table)) HistoryThrow.Counts(Ledger, table.Name, Counts.RowsOf(table), rows);
        }
    }

    /// <summary>Gives back what nobody took.</summary>
    public void Dispose()
    {
        foreach (RowPage page in Pages)
        {
            if (IsLent) budget.Release(page.ByteCount);
            page.Dispose();
        }

        Pages.Clear();
    }
}
