using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// The graph of a checkpoint load: merge → decode → collect → <see cref="BulkLoad"/>. Only this file links the stages.
/// </summary>
/// <remarks>
/// Memory ≈ windows of the buckets (18 MiB) + chunks of 256 KiB on two links + rows in flight
/// (<see cref="PopulateOptions.RowBytesInFlight"/>). Rows need the most: one batch fills while the batch before it is sent. The load
/// returns the bytes of each page to the budget when it is sent. Open batches hold at most two thirds of the budget. The last third, at
/// least 5 MiB, is always free for the rows of the next chunk, so the graph cannot deadlock.
/// </remarks>
internal sealed class EntryPipeline : IDisposable
{
    /// <summary>Chunks that wait for the decoder, in addition to those being decoded.</summary>
    public const int ChunkLinkItems = 4;

    private const int ProjectedLinkItems = 4;

    private readonly CheckpointEntrySource source;
    private readonly IReadOnlyList<IProjection<LedgerEntryView>> projections;
    private readonly PopulateOptions options;
    private readonly ByteBudget budget;
    private readonly EntryDecoder decoder;

    // The graph delivers facts, and the load asks for late rows, on different threads.
    private readonly Lock collecting = new();
    private long entries;
    private volatile IReadOnlyList<StageGraph.StageStatus> running = [];

    public EntryPipeline(CheckpointEntrySource source, IReadOnlyList<IProjection<LedgerEntryView>> projections, PagePool pages,
        ByteBudget budget, PopulateOptions options)
    {
        this.source = source;
        this.projections = projections;
        this.options = options;
        this.budget = budget;
        decoder = new EntryDecoder(projections, pages, source);
        Tallies = [.. projections.Select(projection => new ProjectionTally(projection.Kinds.Count, projection.Outcomes.Count))];
    }

    /// <summary>How each stage of the graph spent its time; empty before the run.</summary>
    public IReadOnlyList<StageCounters> Stages { get; private set; } = [];

    /// <summary>Entries by type and outcome, for each projection. Complete after the run.</summary>
    public IReadOnlyList<ProjectionTally> Tallies { get; }

    /// <summary>Entries decoded so far.</summary>
    public long Entries => Interlocked.Read(ref entries);

    /// <summary>Compressed archive bytes read so far.</summary>
    public long StoredBytes => source.Counters.Sum(bucket => bucket.StoredBytes);

    /// <summary>Decompressed archive bytes read so far.</summary>
    public long RawBytes => source.Counters.Sum(bucket => bucket.ContentBytes);

    /// <summary>How each stage of the graph has spent its time so far.</summary>
    public IEnumerable<StageProgress> Progress() => running.Select((stage, index) =>
    {
        var progress = StageProgress.Of(stage);

        // The merge adds its waits to its counters only when it ends.
        if (index > 0 || stage.HasEnded) return progress;
        TimeSpan waits = source.WaitForBuckets < progress.Busy ? source.WaitForBuckets : progress.Busy;
        return progress with { Busy = progress.Busy - waits, WaitingForInput = progress.WaitingForInput + waits };
    });

    /// <summary>Rows of the projections that depend on the progress of the load.</summary>
    public void TakeLateRows(LateRowsMoment moment, CopyTable? table, ICollection<RowPage> rows)
    {
        lock (collecting)
        {
            foreach (IProjection<LedgerEntryView> projection in projections) projection.LateRows(moment, table, rows);
        }
    }

    /// <summary>Sends every entry of the checkpoint through the projections into a load, or into a replacement for it.</summary>
    /// <param name="load">Takes the pages.</param>
    /// <param name="opened">Completes when the load is open and the projections know how it is made. Until then rows are made ahead, as
    /// far as the budget allows, but no fact is collected. If it fails, the load must fail, too.</param>
    /// <param name="logger">Where the graph logs.</param>
    /// <param name="cancellationToken">Stops the graph.</param>
    public async Task RunAsync(IGraphEnd<RowPage> load, Task opened, ILogger logger, CancellationToken cancellationToken)
    {
        using var graph = new StageGraph(new StageGraphOptions { StallLimit = options.StallLimit }, budget, logger);

        StageOutput<EntryChunk> merge = graph.AddSource<EntryChunk>("merge", async (output, token) =>
        {
            await source.ReadAsync((chunk, _) => output.SendAsync(chunk), token).ConfigureAwait(false);
            output.Counters.AddInputWait(source.WaitForBuckets);
        }, () => source.IsReading);

        (StageInput<EntryChunk> Input, StageOutput<ProjectedChunk> Output) decode = graph.AddTransform<EntryChunk, ProjectedChunk>(
            "decode", ChunkLinkItems + options.DecodeWorkers, options.DecodeWorkers, async (chunk, counters, token) =>
            {
                Interlocked.Add(ref entries, chunk.EntryCount);
                ProjectedChunk projected = decoder.Decode(chunk);
                try
                {
                    await BorrowAsync(projected.Bytes, counters, token).ConfigureAwait(false);
                    return projected;
                }
                catch
                {
                    projected.Dispose();
                    throw;
                }
            });

        (StageInput<ProjectedChunk> Input, StageOutput<RowPage> Output) collect =
            graph.AddStage<ProjectedChunk, RowPage>("collect", ProjectedLinkItems, async (chunk, output, _) =>
            {
                // A load that could not be opened has failed and stops this graph.
                if (chunk.Parts.Any(part => part.Facts is not null)) await Task.WhenAny(opened).ConfigureAwait(false);

                // Facts before pages: a row must find the parent that it refers to.
                Collect(chunk);
                await SendAsync([.. chunk.Parts.SelectMany(part => part.Pages)], output).ConfigureAwait(false);
            });

        graph.Link(merge, decode.Input);
        graph.Link(decode.Output, collect.Input);
        graph.Link(collect.Output, load);
        Stages = [.. graph.Stages.Select(stage => stage.Counters)];
        running = graph.Stages;
        await graph.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Checks that every entry that was read became rows or was skipped for a reason, and that the server confirmed one row per entry for
    /// tables with one row per entry.
    /// </summary>
    /// <exception cref="PopulateException">The counts differ; the load must be rolled back.</exception>
    public void CheckCounts(IReadOnlyCollection<CopyCounters> copied)
    {
        long read = source.Counters.Sum(bucket => bucket.LiveEntries);
        foreach ((IProjection<LedgerEntryView> projection, ProjectionTally tally) in projections.Zip(Tallies))
        {
            long written = Enumerable.Range(0, projection.Outcomes.Count).Where(outcome => projection.Outcomes[outcome].IsWritten).Sum(
                tally.OfOutcome);
            if (read != Entries || read != tally.Total) throw PopulateThrow.EntriesDoNotAddUp(read, written, tally.Total - written);
            for (int outcome = 0; outcome < projection.Outcomes.Count; outcome++)
            {
                if (projection.Outcomes[outcome].OneRowOf is not { } table) continue;
                long rows = copied.Where(counters => counters.Table.Equals(table)).Sum(counters => counters.Rows);
                if (rows != tally.OfOutcome(outcome)) throw PopulateThrow.RowsDoNotAddUp(table.Name, tally.OfOutcome(outcome), rows);
            }
        }
    }

    public void Dispose() => decoder.Dispose();

    private void Collect(ProjectedChunk chunk)
    {
        lock (collecting)
        {
            for (int index = 0; index < projections.Count; index++)
            {
                ProjectedRows part = chunk.Parts[index];
                Tallies[index].Add(part.Tally);
                if (part.Facts is { } facts) projections[index].Collect(facts);
            }
        }
    }

    /// <summary>Sends pages in order. If the load has failed, the remaining pages return to their pool.</summary>
    private static async ValueTask SendAsync(RowPage[] pages, StageOutput<RowPage> output)
    {
        int sent = 0;
        try
        {
            while (sent < pages.Length) await output.SendAsync(pages[sent++]).ConfigureAwait(false);
        }
        catch
        {
            foreach (RowPage page in pages.Skip(sent)) page.Dispose();
            throw;
        }
    }

    private async ValueTask BorrowAsync(long bytes, StageCounters counters, CancellationToken token)
    {
        ValueTask borrowed = budget.AcquireAsync(bytes, token);
        if (borrowed.IsCompletedSuccessfully) return;
        long began = Stopwatch.GetTimestamp();
        await borrowed.ConfigureAwait(false);
        counters.AddOutputWait(Stopwatch.GetElapsedTime(began));
    }
}
