using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Cli.Bench;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The client of populate without a database: the product's own graph with a sink that discards all batches.</summary>
internal static class ClientWork
{
    public static async Task<ClientRun> RunAsync(
        string archiveDirectory, ClientDepth depth, Func<RowBatch, ValueTask>? take, CancellationToken cancellationToken)
    {
        var archive = HistoryArchive.Open(archiveDirectory);
        CheckpointProof proof =
            await archive.OpenCheckpointAsync(await archive.LatestCheckpointAsync(cancellationToken), cancellationToken);
        var source = CheckpointEntrySource.Create(archive, proof);
        return depth == ClientDepth.Merge
            ? await MergeAsync(source, cancellationToken)
            : await RunGraphAsync(source, proof, depth, take, cancellationToken);
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
        CheckpointEntrySource source, CheckpointProof proof, ClientDepth depth, Func<RowBatch, ValueTask>? take,
        CancellationToken cancellationToken)
    {
        var options = new PopulateOptions();
        var pages = new PagePool();
        using var projection = new WalletProjection(proof.Checkpoint, StellarNetwork.Parse(proof.NetworkPassphrase!), pages);

        // No limit: nothing returns bytes to the budget here.
        using var pipeline = new EntryPipeline(source, [projection], pages, new ByteBudget(long.MaxValue), options);
        bool gathers = depth == ClientDepth.Accumulate;
        var sink = new PageSink(gathers ? options.Accumulation : null, take);
        if (gathers) sink.LateRows = pipeline.TakeLateRows;
        await pipeline.RunAsync(sink, Task.CompletedTask, NullLogger.Instance, cancellationToken);
        await sink.EndAsync(projection.Tables);
        return new ClientRun(pipeline.Entries, sink.Rows, sink.Bytes, pipeline.Stages);
    }
}
