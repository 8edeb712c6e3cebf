using System.Collections.Concurrent;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Ledgers become rows on several workers, and leave in the order in which they came.</summary>
/// <remarks>
/// Input: the bytes of single ledgers (<see cref="LedgerBytes"/>), in pooled memory. Output: for each ledger what every projection made of
/// it (<see cref="LedgerRows"/>). Any worker takes any ledger: it takes a reader and encoders out of a bag and puts them back. A ledger is
/// read once, whatever the number of projections.
/// Order: that of the input. The stage keeps finished ledgers back until those before them are done.
/// Memory: <see cref="LedgerBytes.RentAsync"/> borrows room for a ledger and its rows before the ledger is read, one after the other in
/// their order, so that a ledger which others wait for never waits itself. What rows take more than was thought is overdrawn; what they
/// take less goes back at once. Whoever has sent a page gives its <see cref="RowPage.ByteCount"/> back to the budget.
/// Failure: the first ledger that is not valid ends the run, with its place.
/// </remarks>
/// <param name="network">The network of the ledgers.</param>
/// <param name="projections">What ledgers become; they stay the caller's, who hands each ledger's facts to them, in order.</param>
/// <param name="pages">Where pages are rented.</param>
internal sealed class LedgerProjector(StellarNetwork network, IReadOnlyList<IProjection<LedgerView>> projections, PagePool pages)
    : IDisposable
{
    private readonly ConcurrentBag<Worker> idle = [];

    /// <summary>Adds the stage to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="workers">Ledgers that may be worked on at the same time, at least 1.</param>
    /// <param name="waitingItems">Ledgers that may wait in front of the workers or behind a slower one before them, at least 1.</param>
    /// <param name="anchors">Proves every ledger in itself, and compares its hash with these: see <see cref="LedgerRows.Link"/>. Null
    /// proves nothing.</param>
    /// <returns>Where ledgers go in, and where their rows come out in the same order.</returns>
    public (StageInput<LedgerBytes> Input, StageOutput<LedgerRows> Output) AddTo(
        StageGraph graph, int workers, int waitingItems = 4, IReadOnlyList<LedgerAnchor>? anchors = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(waitingItems, 1);
        return graph.AddTransform<LedgerBytes, LedgerRows>(
            "project", workers + waitingItems, workers, (ledger, _, _) => new ValueTask<LedgerRows>(Project(ledger, anchors)));
    }

    /// <summary>Makes the rows of one ledger. May be called by several threads.</summary>
    /// <param name="ledger">The ledger, which this takes over: its memory goes back.</param>
    /// <param name="anchors">Proves the ledger in itself, and compares its hash with these. Null proves nothing.</param>
    /// <returns>Its rows; the caller owns them.</returns>
    /// <exception cref="LedgerRejectedException">The ledger is not valid.</exception>
    /// <exception cref="LedgerException">The ledger is not what its hashes, or an anchor, say.</exception>
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
            // What a failed worker still holds is dropped with it.
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
    /// True takes ledgers of a protocol that is newer than any known one, if they decode; the projections must do so too.
    /// </summary>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>Gives the memory of the workers back.</summary>
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
