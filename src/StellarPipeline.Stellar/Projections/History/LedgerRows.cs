using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>What one ledger became: pages of rows, and what each projection tells of it.</summary>
/// <remarks>
/// One owner at a time. Disposing gives back the pages that were not taken, and their bytes to the budget.
/// </remarks>
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

    /// <summary>The ledger, proved in itself, as a chain of one: to be joined to the ledgers before it. Null where nothing was to be
    /// proved.</summary>
    public LedgerChain? Link { get; internal init; }

    /// <summary>What each projection made, in the order of the projections.</summary>
    public IReadOnlyList<ProjectedRows> Parts { get; }

    /// <summary>Bytes of the pages that were not taken.</summary>
    public long ByteCount => Parts.Sum(part => part.Bytes);

    /// <summary>Takes all pages over, those of a table in the order of its rows. Whoever sends one gives its bytes back to the
    /// budget.</summary>
    /// <returns>The pages.</returns>
    public IReadOnlyList<RowPage> TakePages()
    {
        RowPage[] taken = [.. Parts.SelectMany(part => part.Pages)];
        foreach (ProjectedRows part in Parts) part.Pages.Clear();
        return taken;
    }

    /// <summary>Gives back what nobody took. Only the first call does anything.</summary>
    public void Dispose()
    {
        budget.Release(ByteCount);
        foreach (RowPage page in TakePages()) page.Dispose();
    }
}
