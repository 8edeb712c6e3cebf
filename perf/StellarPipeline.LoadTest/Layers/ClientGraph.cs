using StellarPipeline.Archive;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Populate;
using StellarPipeline.Stellar.Projection;
using StellarPipeline.Stellar.Wallet;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The graph of populate without its database: the same blocks with the same links (see LoadRun), cut off behind one of them.</summary>
internal static class ClientGraph
{
    private const int ChunkLinkItems = 4;
    private const int ProjectedLinkItems = 4;
    private const int BatchLinkItems = 1;

    public static async Task<ClientRun> RunAsync(string archiveDirectory, ClientDepth depth, Func<RowBatch, CancellationToken, ValueTask>? sink, CancellationToken cancellationToken)
    {
        HistoryArchive archive = HistoryArchive.Open(archiveDirectory);
        CheckpointProof proof = await archive.OpenCheckpointAsync(await archive.LatestCheckpointAsync(cancellationToken), cancellationToken);
        var source = CheckpointEntrySource.Create(archive, proof);
        return depth == ClientDepth.Merge ? await MergeAsync(source, cancellationToken) : await RunGraphAsync(source, proof, depth, sink, cancellationToken);
    }

    private static async Task<ClientRun> MergeAsync(CheckpointEntrySource source, CancellationToken cancellationToken)
    {
        long entries = 0;
        await source.ReadAsync((chunk, _) =>
        {
            entries += chunk.EntryCount;
            chunk.Dispose();
            return ValueTask.CompletedTask;
        }, cancellationToken);
        return new ClientRun(entries, 0, 0, []);
    }

    private static async Task<ClientRun> RunGraphAsync(
        CheckpointEntrySource source, CheckpointProof proof, ClientDepth depth, Func<RowBatch, CancellationToken, ValueTask>? sink, CancellationToken cancellationToken)
    {
        var options = new PopulateOptions();
        var pages = new PagePool();
        using var projection = new WalletProjection(proof.Checkpoint, StellarNetwork.Parse(proof.NetworkPassphrase!), pages);
        using var decoder = new EntryDecoder(projection, pages, source);
        using var accumulator = new RowAccumulator(options.Accumulation);
        using var graph = new StageGraph();
        long entries = 0;
        long rows = 0;
        long bytes = 0;

        StageOutput<EntryChunk> merge = graph.AddSource<EntryChunk>("merge", async (output, token) =>
        {
            await source.ReadAsync((chunk, _) => output.SendAsync(chunk), token);
            output.Counters.AddInputWait(source.WaitForBuckets);
        });
        var decode = graph.AddTransform<EntryChunk, ProjectedChunk>("decode", ChunkLinkItems + options.DecodeWorkers, options.DecodeWorkers, (chunk, _, _) =>
        {
            Interlocked.Add(ref entries, chunk.EntryCount);
            return ValueTask.FromResult(decoder.Decode(chunk));
        });
        graph.Link(merge, decode.Input);

        if (depth == ClientDepth.Decode)
        {
            graph.Link(decode.Output, graph.AddSink<ProjectedChunk>("discard", ProjectedLinkItems, (chunk, _, _) =>
            {
                foreach (RowPage page in chunk.Pages)
                {
                    rows += page.RowCount;
                    bytes += page.ByteCount;
                    page.Dispose();
                }

                return ValueTask.CompletedTask;
            }));
        }
        else
        {
            var accumulate = graph.AddStage<ProjectedChunk, RowBatch>(
                "accumulate",
                ProjectedLinkItems,
                async (chunk, output, _) =>
                {
                    var collected = new List<RowPage>();
                    projection.Collect(chunk, collected);
                    await AppendAsync(accumulator, collected.Concat(chunk.Pages), output);
                },
                async (output, _) =>
                {
                    var parents = new List<RowPage>();
                    projection.Complete(parents);
                    await AppendAsync(accumulator, parents, output);
                    foreach (RowBatch batch in accumulator.Drain(projection.Tables)) await output.SendAsync(batch);
                });
            graph.Link(decode.Output, accumulate.Input);
            graph.Link(accumulate.Output, graph.AddSink<RowBatch>("discard", BatchLinkItems, async (batch, _, token) =>
            {
                using (batch)
                {
                    rows += batch.Rows;
                    bytes += batch.Bytes;
                    if (sink is not null) await sink(batch, token);
                }
            }));
        }

        await graph.RunAsync(cancellationToken);
        return new ClientRun(entries, rows, bytes, [.. graph.Stages.Select(stage => stage.Counters)]);
    }

    private static async ValueTask AppendAsync(RowAccumulator accumulator, IEnumerable<RowPage> pages, StageOutput<RowBatch> output)
    {
        foreach (RowPage page in pages)
        {
            foreach (RowBatch batch in accumulator.Append(page)) await output.SendAsync(batch);
        }
    }
}
