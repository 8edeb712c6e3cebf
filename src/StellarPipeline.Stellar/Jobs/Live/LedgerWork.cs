using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.State;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>A ledger in progress: its bytes, until it is stored, and its rows and facts.</summary>
/// <remarks>One owner at a time. The bytes are kept because a failed transaction uses up the pages.</remarks>
/// <param name="source">The ledger as it was read.</param>
/// <param name="budget">The budget from which the bytes of its rows are borrowed.</param>
internal sealed class LedgerWork(LedgerBuffer source, ByteBudget budget) : IDisposable
{
    private LedgerRows? rows;
    private long owed;
    private bool wasTaken;

    /// <summary>The ledger as it was read.</summary>
    public LedgerBuffer Source => source;

    /// <summary>True while it has rows: after it is projected, and before its pages are taken.</summary>
    public bool HasRows => rows is not null;

    /// <summary>Facts about the ledger. Valid after <see cref="ProjectAsync"/>.</summary>
    public LedgerFacts Facts { get; private set; } = null!;

    /// <summary>A chain of only this ledger, which is proved by itself; it is joined to the chain of the ledgers before it.</summary>
    public LedgerChain Link { get; private set; } = null!;

    /// <summary>Facts from its changes that are no rows, such as contracts and codes.</summary>
    public LedgerState State { get; private set; } = null!;

    /// <summary>Its rows of state_changes by category and reason; empty if nothing listens to this metric.</summary>
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

    /// <summary>Encodes its rows.</summary>
    /// <param name="projector">Encodes them.</param>
    /// <param name="room">The budget from which their bytes are borrowed.</param>
    /// <param name="token">Stops the wait for the budget.</param>
    public async ValueTask ProjectAsync(LedgerProjector projector, ByteBudget room, CancellationToken token)
    {
        LedgerBytes bytes = await LedgerBytes.RentAsync(room, source.Length, source.Location, token).ConfigureAwait(false);
        source.Span.CopyTo(bytes.Memory.Span);
        Take(projector.Project(bytes, anchors: []));
    }

    /// <summary>Hands over the pages. Disposing this object returns their bytes to the budget.</summary>
    public IReadOnlyList<RowPage> TakePages()
    {
        // Rows that are encoded again for another attempt borrow nothing from this budget.
        if (!wasTaken) owed = RowBytes;
        wasTaken = true;
        IReadOnlyList<RowPage> pages = rows!.TakePages();
        rows = null;
        return pages;
    }

    /// <summary>Releases all memory. Further calls do nothing.</summary>
    public void Dispose()
    {
        rows?.Dispose();
        rows = null;
        budget.Release(owed);
        owed = 0;
        source.Dispose();
    }
}
