using System.Collections.Concurrent;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.History;

/// <summary>Ledgers become rows on several workers, and leave in the order in which they came.</summary>
/// <remarks>
/// Input: the bytes of single ledgers (<see cref="LedgerBytes"/>), in pooled memory. Output: for each ledger its pages of all five tables and
/// its counts (<see cref="LedgerRows"/>). A projection has no state between ledgers, so any worker takes any ledger; it takes a
/// <see cref="HistoryProjection"/> out of a bag and puts it back.
/// Order: that of the input. The stage keeps finished ledgers back until those before them are done.
/// Memory: <see cref="LedgerBytes.RentAsync"/> borrows room for a ledger and its rows before the ledger is read, one after the other in their
/// order, so that a ledger which others wait for never waits itself. What rows take more than was thought is overdrawn; what they take less
/// goes back at once. Whoever has sent a page gives its <see cref="RowPage.ByteCount"/> back to the budget.
/// Counts: as many rows of transactions and operations as the ledger holds, and of every table as were counted; else the run ends.
/// Failure: the first ledger that is not valid ends the run, with its place.
/// </remarks>
public sealed class LedgerProjector : IDisposable
{
    private readonly ConcurrentBag<HistoryProjection> projections = [];
    private readonly StellarNetwork network;
    private readonly PagePool pages;

    /// <summary>Makes a projector for the ledgers of one network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="pages">Where pages are rented.</param>
    public LedgerProjector(StellarNetwork network, PagePool pages)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(pages);
        this.network = network;
        this.pages = pages;
    }

    /// <summary>True reads ledgers of a protocol that is newer than any known one, if they decode; see
    /// <see cref="HistoryProjection.AllowNewerProtocol"/>.</summary>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>Adds the stage to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="workers">Ledgers that may be worked on at the same time, at least 1.</param>
    /// <param name="waitingItems">Ledgers that may wait in front of the workers or behind a slower one before them, at least 1.</param>
    /// <returns>Where ledgers go in, and where their rows come out in the same order.</returns>
    public (StageInput<LedgerBytes> Input, StageOutput<LedgerRows> Output) AddTo(StageGraph graph, int workers, int waitingItems = 4)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(waitingItems, 1);
        return graph.AddTransform<LedgerBytes, LedgerRows>(
            "project", workers + waitingItems, workers, (ledger, _, _) => new ValueTask<LedgerRows>(Project(ledger)));
    }

    /// <summary>Makes the rows of one ledger. May be called by several threads.</summary>
    /// <param name="ledger">The ledger, which this takes over: its memory goes back.</param>
    /// <returns>Its rows; the caller owns them.</returns>
    /// <exception cref="LedgerRejectedException">The ledger is not valid.</exception>
    public LedgerRows Project(LedgerBytes ledger)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        if (!projections.TryTake(out HistoryProjection? projection))
            projection = new HistoryProjection(network, pages) { AllowNewerProtocol = AllowNewerProtocol };
        LedgerRows? rows = null;
        try
        {
            HistoryCounts before = projection.Counts.Copy();
            rows = new LedgerRows(projection.Project(ledger.Span, ledger.Location), ledger.Location, ledger.Budget);
            projection.Take(rows.Pages, ledger.Location);
            rows.Counts = projection.Counts.Since(before);
            ledger.HandOver(rows.ByteCount);
            rows.IsLent = true;
            rows.Check();
            return rows;
        }
        catch
        {
            rows?.Dispose();
            throw;
        }
        finally
        {
            ledger.Dispose();
            projections.Add(projection);
        }
    }

    /// <summary>Gives the memory of the workers back.</summary>
    public void Dispose()
    {
        while (projections.TryTake(out HistoryProjection? projection)) projection.Dispose();
    }
}
