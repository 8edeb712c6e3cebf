using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.State;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>A ledger on its way: its bytes, until it is stored, and what it became.</summary>
/// <remarks>One owner at a time. The bytes are kept because a transaction that failed has used up the pages.</remarks>
/// <param name="source">The ledger as it was read.</param>
/// <param name="budget">Whose bytes its rows borrow.</param>
internal sealed class LedgerWork(LedgerBuffer source, ByteBudget budget) : IDisposable
{
    private LedgerRows? rows;
    private long owed;
    private bool wasTaken;

    /// <summary>The ledger as it was read.</summary>
    public LedgerBuffer Source => source;

    /// <summary>True while it has rows: not before it is projected, and not after its pages were taken.</summary>
    public bool HasRows => rows is not null;

    /// <summary>What is known of the ledger.</summary>
    public LedgerFacts Facts { get; private set; } = null!;

    /// <summary>A chain of this ledger alone, proved in itself, to be joined to those before.</summary>
    public LedgerChain Link { get; private set; } = null!;

    /// <summary>What its changes tell beyond rows.</summary>
    public LedgerState State { get; private set; } = null!;

    /// <summary>Its rows of state_changes by category and reason; none where nobody wants to know.</summary>
    public StateChangeCounts StateChanges { get; private set; } = StateChangeCounts.None;

    /// <summary>Bytes of its rows.</summary>
    public long RowBytes { get; private set; }

    // In the order of LiveProjections.
    private void Take(LedgerRows made)
    {
        rows = made;
        RowBytes = made.ByteCount;
        if (StellarTelemetry.CountsStateChanges) StateChanges = StateChangeCounts.Of(made.Parts[LiveProjections.History].Pages);
        Link = made.Link!;
        Facts = (LedgerFacts)made.Parts[LiveProjections.Facts].Facts!;
        State = (LedgerState)made.Parts[LiveProjections.State].Facts!;
    }

    /// <summary>Makes its rows.</summary>
    /// <param name="projector">Makes them.</param>
    /// <param name="room">Whose bytes they borrow.</param>
    /// <param name="token">Ends the wait for room.</param>
    public async ValueTask ProjectAsync(LedgerProjector projector, ByteBudget room, CancellationToken token)
    {
        LedgerBytes bytes = await LedgerBytes.RentAsync(room, source.Length, source.Location, token).ConfigureAwait(false);
        source.Span.CopyTo(bytes.Memory.Span);
        Take(projector.Project(bytes, anchors: []));
    }

    /// <summary>Hands the pages over. What they borrow is given back with this.</summary>
    public IReadOnlyList<RowPage> TakePages()
    {
        // Rows that are made again, for another attempt, borrow nothing of this budget.
        if (!wasTaken) owed = RowBytes;
        wasTaken = true;
        IReadOnlyList<RowPage> pages = rows!.TakePages();
        rows = null;
        return pages;
    }

    /// <summary>Gives everything back. Only the first call does anything.</summary>
    public void Dispose()
    {
        rows?.Dispose();
        rows = null;
        budget.Release(owed);
        owed = 0;
        source.Dispose();
    }
}
