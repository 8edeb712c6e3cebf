using Microsoft.Extensions.Logging;
using StellarPipeline.Archive;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.Projection;

namespace StellarPipeline.Stellar.Populate;

/// <summary>The graph of a load: merge → decode → accumulate → copy. The only file that knows who is linked to whom.</summary>
/// <remarks>
/// Memory ≈ windows of the buckets (18 MiB) + chunks of 256 KiB on two links + rows in flight (<see cref="PopulateOptions.RowBytesInFlight"/>). Rows dominate:
/// an open batch that fills while the one before it is sent. The sink gives the bytes of every page back as it is sent. Open batches may hold at most two thirds of the budget; the last
/// third, 5 MiB at least, is always free for the next chunk's rows, so it cannot dead-lock.
/// </remarks>
internal sealed class LoadRun : IDisposable
{
    /// <summary>Chunks that wait in front of the decoder, beyond those that are being decoded.</summary>
    public const int ChunkLinkItems = 4;

    private const int ProjectedLinkItems = 4;
    private const int BatchLinkItems = 1;

    private readonly CheckpointEntrySource source;
    private readonly IEntryProjection projection;
    private readonly LoadTarget target;
    private readonly ByteBudget budget;
    private readonly PopulateOptions options;
    private readonly ILogger logger;
    private readonly EntryDecoder decoder;
    private readonly EntryTally tally;
    private long entries;

    public LoadRun(CheckpointEntrySource source, IEntryProjection projection, LoadTarget target, PagePool pages, ByteBudget budget, PopulateOptions options, ILoggerFactory loggers)
    {
        this.source = source;
        this.projection = projection;
        this.target = target;
        this.budget = budget;
        this.options = options;
        logger = loggers.CreateLogger("load");
        decoder = new EntryDecoder(projection, pages, source);
        tally = new EntryTally(projection.Outcomes.Count);
    }

    /// <summary>How each stage spent its time; empty before the run.</summary>
    public IReadOnlyList<StageCounters> Stages { get; private set; } = [];

    /// <summary>Entries by type and outcome. Complete after the run.</summary>
    public EntryTally Tally => tally;

    /// <summary>Entries decoded so far.</summary>
    public long Entries => Interlocked.Read(ref entries);

    /// <summary>Rows that the server has confirmed so far.</summary>
    public long RowsCopied => target.RowsCopied;

    /// <summary>Archive bytes read so far, decompressed.</summary>
    public long RawBytes => source.Counters.Sum(bucket => bucket.ContentBytes);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var accumulator = new RowAccumulator(options.Accumulation);
        using var graph = new StageGraph(new StageGraphOptions { StallLimit = options.StallLimit }, budget, logger);

        StageOutput<EntryChunk> merge = graph.AddSource<EntryChunk>("merge", async (output, token) =>
        {
            await source.ReadAsync((chunk, _) => output.SendAsync(chunk), token).ConfigureAwait(false);
            output.Counters.AddInputWait(source.WaitForBuckets);
        }, () => source.IsReading);

        var decode = graph.AddTransform<EntryChunk, ProjectedChunk>("decode", ChunkLinkItems + options.DecodeWorkers, options.DecodeWorkers, async (chunk, counters, token) =>
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

        var accumulate = graph.AddStage<ProjectedChunk, RowBatch>(
            "accumulate",
            ProjectedLinkItems,
            async (chunk, output, _) =>
            {
                tally.Add(chunk.Tally);
                var collected = new List<RowPage>();
                projection.Collect(chunk, collected);
                int taken = 0;
                try
                {
                    await AppendCollectedAsync(accumulator, collected, output).ConfigureAwait(false);
                    while (taken < chunk.Pages.Count) await AppendAsync(accumulator, chunk.Pages[taken++], output).ConfigureAwait(false);
                }
                catch
                {
                    // Those that were taken may be on their way to the server.
                    foreach (RowPage page in chunk.Pages.Skip(taken)) page.Dispose();
                    throw;
                }
            },
            async (output, _) =>
            {
                // Parents come last and go first: they join the open batches of the children, and the drain sends parents before children.
                var parents = new List<RowPage>();
                projection.Complete(parents);
                await AppendCollectedAsync(accumulator, parents, output).ConfigureAwait(false);
                await SendEachAsync(accumulator.Drain(projection.Tables), output.SendAsync).ConfigureAwait(false);
            });

        StageInput<RowBatch> copy = graph.AddSink<RowBatch>("copy", BatchLinkItems, async (batch, counters, token) =>
        {
            using (counters.BeginExternalOperation()) await target.CopyAsync(batch, token).ConfigureAwait(false);
        });

        graph.Link(merge, decode.Input);
        graph.Link(decode.Output, accumulate.Input);
        graph.Link(accumulate.Output, copy);
        Stages = [.. graph.Stages.Select(stage => stage.Counters)];
        await graph.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>In = out: every entry that was read became a row or was skipped for a reason, and the server holds as many rows as were made.</summary>
    /// <exception cref="PopulateException">The counts do not agree; the load must be rolled back.</exception>
    public void CheckCounts()
    {
        long read = source.Counters.Sum(bucket => bucket.LiveEntries);
        long written = Enumerable.Range(0, projection.Outcomes.Count).Where(outcome => projection.Outcomes[outcome].IsWritten).Sum(tally.OfOutcome);
        long skipped = tally.Total - written;
        if (read != Entries || read != written + skipped) throw PopulateThrow.EntriesDoNotAddUp(read, written, skipped);
        for (int outcome = 0; outcome < projection.Outcomes.Count; outcome++)
        {
            // An outcome that names a table makes exactly one row of that table, and nothing else does.
            if (target.Find(projection.Outcomes[outcome].Name) is not { } table) continue;
            if (table.Rows != tally.OfOutcome(outcome)) throw PopulateThrow.RowsDoNotAddUp(table.Table.Name, tally.OfOutcome(outcome), table.Rows);
        }
    }

    public void Dispose() => decoder.Dispose();

    private ValueTask AppendAsync(RowAccumulator accumulator, RowPage page, StageOutput<RowBatch> output) =>
        SendEachAsync(accumulator.Append(page), batch => SendAsync(accumulator, batch, output));

    /// <summary>Sends closed batches in their order; those that are not sent because the load has failed give their pages back.</summary>
    private static async ValueTask SendEachAsync(IReadOnlyList<RowBatch> batches, Func<RowBatch, ValueTask> send)
    {
        int sent = 0;
        try
        {
            for (; sent < batches.Count; sent++) await send(batches[sent]).ConfigureAwait(false);
        }
        catch
        {
            foreach (RowBatch batch in batches.Skip(sent)) batch.Dispose();
            throw;
        }
    }

    /// <summary>Sends a batch; where the foreign keys are checked as rows come, the parents that it may refer to go before it.</summary>
    private async ValueTask SendAsync(RowAccumulator accumulator, RowBatch batch, StageOutput<RowBatch> output)
    {
        if (target.WritesParentsFirst && projection.ParentsOf(batch.Table) is { Count: > 0 } parentTables)
        {
            var parents = new List<RowPage>();
            projection.CollectParents(batch.Table, parents);
            await AppendCollectedAsync(accumulator, parents, output).ConfigureAwait(false);
            foreach (CopyTable table in parentTables)
            {
                if (accumulator.Close(table) is { } open) await output.SendAsync(open).ConfigureAwait(false);
            }
        }

        await output.SendAsync(batch).ConfigureAwait(false);
    }

    /// <summary>Appends rows that were not made by the decoder. They overdraw the budget: this stage empties what others have borrowed, so it must not wait for them.</summary>
    /// <remarks>A page may close the batch of any table. Nothing is sent before all pages are in: a child must find the open parents that it refers to.</remarks>
    private async ValueTask AppendCollectedAsync(RowAccumulator accumulator, List<RowPage> rows, StageOutput<RowBatch> output)
    {
        var closed = new List<RowBatch>();
        foreach (RowPage page in rows)
        {
            budget.Overdraw(page.ByteCount);
            closed.AddRange(accumulator.Append(page));
        }

        await SendEachAsync([.. closed.OrderBy(batch => OrderOf(batch.Table))], batch => SendAsync(accumulator, batch, output)).ConfigureAwait(false);
    }

    private int OrderOf(CopyTable table) => projection.Tables.TakeWhile(other => !other.Equals(table)).Count();

    private async ValueTask BorrowAsync(long bytes, StageCounters counters, CancellationToken token)
    {
        ValueTask borrowed = budget.AcquireAsync(bytes, token);
        if (borrowed.IsCompletedSuccessfully) return;
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        await borrowed.ConfigureAwait(false);
        counters.AddOutputWait(System.Diagnostics.Stopwatch.GetElapsedTime(began));
    }
}
