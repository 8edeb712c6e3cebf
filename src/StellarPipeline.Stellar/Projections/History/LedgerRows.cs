using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>The result of projecting one ledger: pages of rows, and the facts of each projection.</summary>
/// <remarks>One owner at a time. Disposing returns the pages that were not taken, and their bytes to the budget.</remarks>
internal sealed class LedgerRows : IDisposable
{
    private readonly ByteBudget budget;

    internal LedgerRows(uint ledger, IReadOnlyList<ProjectedRows> parts, ByteBudget budget)
    {
        Ledger = ledger;
        Parts = parts;
        this.budget = budget;
    }

    /// <summary>Number of the ledger.</summary>
    public uint Ledger { get; }

    /// <summary>When the ledger closed, in seconds since 1970.</summary>
    public long CloseTimeSeconds { get; internal init; }

    /// <summary>Bytes of the ledger.</summary>
    public int Bytes { get; internal init; }

    /// <summary>Where the ledger came from, for messages.</summary>
    public object? Location { get; internal init; }

    /// <summary>
    /// The ledger, proved by itself, as a chain of one, to be joined to the ledgers before it. Null if nothing was to be proved.
    /// </summary>
    public LedgerChain? Link { get; internal init; }

    /// <summary>The result of each projection, in the order of the projections.</summary>
    public IReadOnlyList<ProjectedRows> Parts { get; }

    /// <summary>Bytes of the pages that were not taken.</summary>
    public long ByteCount => Parts.Sum(part => part.Bytes);

    /// <summary>
    /// Takes over all pages; those of a table are in the order of its rows. The stage that sends a page returns its bytes to the budget.
    /// </summary>
    /// <returns>The pages.</returns>
    public IReadOnlyList<RowPage> TakePages()
    {
        RowPage[] taken = [.. Parts.SelectMany(part => part.Pages)];
        foreach (ProjectedRows part in Parts) part.Pages.Clear();
        return taken;
    }

    /// <summary>Returns the pages that were not taken. Further calls do nothing.</summary>
    public void Dispose()
    {
        budget.Release(ByteCount);
        foreach (RowPage page in TakePages()) page.Dispose();
    }
}
