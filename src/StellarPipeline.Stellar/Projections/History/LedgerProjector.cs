using System.Collections.Concurrent;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Turns ledgers into rows on several workers. The rows leave in the order of the ledgers.</summary>
/// <remarks>
/// Input: the bytes of single ledgers (<see cref="LedgerBytes"/>), in pooled memory. Output: for each ledger the rows and facts of every
/// projection (<see cref="LedgerRows"/>). Any worker takes any ledger: it takes a reader and encoders from a bag and returns them. A ledger
/// is read once, whatever the number of projections.
/// Order: that of the input. The stage holds back finished ledgers until all earlier ones are done.
/// Memory: <see cref="LedgerBytes.RentAsync"/> borrows budget for a ledger and its rows before the ledger is read, one ledger after the
/// other in order. So a ledger that others wait for never waits itself. If its rows need more than estimated, the budget is overdrawn; if
/// they need less, the rest is returned at once. The stage that has sent a page returns its <see cref="RowPage.ByteCount"/> to the budget.
/// Failure: the first ledger that is not valid ends the run; the error names its place.
/// </remarks>
/// <param name="network">The network of the ledgers.</param>
/// <param name="projections">The projections. The caller owns them, and passes each ledger's facts to them, in order.</param>
/// <param name="pages">The pool of pages.</param>
internal sealed class LedgerProjector(StellarNetwork network, IReadOnlyList<IProjection<LedgerView>> projections, PagePool pages)
    : IDisposable
{
    private readonly ConcurrentBag<Worker> idle = [];

    /// <summary>Adds the stage to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="workers">Ledgers that may be processed at the same time, at least 1.</param>
    /// <param name="waitingItems">Ledgers that may wait for a worker, or for a slower ledger before them, at least 1.</param>
    /// <param name="anchors">If given, every ledger is proved by itself and its hash is compared with these: see
    /// <see cref="LedgerRows.Link"/>. Null proves nothing.</param>
    /// <returns>The input for ledgers, and the output for their rows in the same order.</returns>
    public (StageInput<LedgerBytes> Input, StageOutput<LedgerRows> Output) AddTo(
        StageGraph graph, int workers, int waitingItems = 4, IReadOnlyList<LedgerAnchor>? anchors = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(waitingItems, 1);
        return graph.AddTransform<LedgerBytes, LedgerRows>(
            "project", workers + waitingItems, workers, (ledger, _, _) => new ValueTask<LedgerRows>(Project(ledger, anchors)));
    }

    /// <summary>Encodes the rows of one ledger. May be called by several threads.</summary>
    /// <param name="ledger">The ledger. This method takes it over and disposes it.</param>
    /// <param name="anchors">If given, the ledger is proved by itself and its hash is compared with these. Null proves nothing.</param>
    /// <returns>Its rows; the caller owns them.</returns>
    /// <exception cref="LedgerRejectedException">The ledger is not valid.</exception>
    /// <exception cref="LedgerException">The ledger does not match its hashes, or an anchor.</exception>
    public LedgerRows Project(LedgerBytes ledger, IReadOnlyList<LedgerAnchor>? anchors = null)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        if (!idle.TryTake(out Worker? worker)) worker = NewWorker();
        ProjectedRows[] parts = [.. projections.Select(projection => new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count))];
        try
        {
            LedgerView view = worker.Reader.Read(ledger.Span);
            LedgerChain? link = null;
            if (anchors is not null)
            {
                worker.Verifier.Verify(view, ledger.Location);
                link = new LedgerChain(anchors);
                link.Append(view, ledger.Location);
            }

            foreach (IRowEncoder<LedgerView> encoder in worker.Encoders) encoder.Encode(view);
            for (int index = 0; index < parts.Length; index++) worker.Encoders[index].Flush(parts[index]);
            var rows = new LedgerRows(view.Sequence, parts, ledger.Budget)
            {
                CloseTimeSeconds = (long)view.CloseTimeSeconds,
                Bytes = ledger.Length,
                Location = ledger.Location,
                Link = link,
            };
            ledger.HandOver(rows.ByteCount);
            idle.Add(worker);
            return rows;
        }
        catch (Exception error)
        {
            // A failed worker is dropped with everything it holds.
            foreach (ProjectedRows part in parts) part.Dispose();
            worker.Dispose();
            if (error is LedgerFormatException rejected) throw HistoryThrow.Rejected(rejected, ledger.Location);
            throw;
        }
        finally
        {
            ledger.Dispose();
        }
    }

    /// <summary>
    /// True accepts ledgers of a protocol newer than any known one, if they decode; the projections must be set to accept them too.
    /// </summary>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>Releases the memory of the workers.</summary>
    public void Dispose()
    {
        while (idle.TryTake(out Worker? worker)) worker.Dispose();
    }

    private Worker NewWorker() => new(
        new LedgerReader(network.Id),
        new LedgerVerifier { AllowNewerProtocol = AllowNewerProtocol },
        [.. projections.Select(projection => projection.CreateEncoder(pages))]);

    private sealed record Worker(LedgerReader Reader, LedgerVerifier Verifier, IReadOnlyList<IRowEncoder<LedgerView>> Encoders)
        : IDisposable
    {
        public void Dispose()
        {
            Verifier.Dispose();
            foreach (IRowEncoder<LedgerView> encoder in Encoders) encoder.Dispose();
        }
    }
}
