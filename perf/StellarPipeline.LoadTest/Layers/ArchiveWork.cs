using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.LoadTest.Data;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The lower layers of the client: one bucket file after the other, on one thread unless stated otherwise.</summary>
internal static class ArchiveWork
{
    private const int BlockBytes = 256 * 1024;

    /// <summary>Reads the stored bytes through the transport.</summary>
    public static async Task<(long Items, string? Remark)> ReadAsync(Dataset dataset, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        await ForEachBucketAsync(dataset, async (transport, bucket) =>
        {
            await using ArchiveObject file = await OpenAsync(transport, bucket, cancellationToken);
            while (await file.Content.ReadAsync(block, cancellationToken) > 0)
            {
            }
        });
        ArrayPool<byte>.Shared.Return(block);
        return (0, null);
    }

    /// <summary>Decompresses with this library's reader, which also checks that a file is complete.</summary>
    public static async Task<(long Items, string? Remark)> GunzipAsync(Dataset dataset, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        await ForEachBucketAsync(dataset, async (transport, bucket) =>
        {
            await using var reader =
                new GunzipReader(await OpenAsync(transport, bucket, cancellationToken), bucket.FileName, ArrayPool<byte>.Shared);
            while (await reader.ReadAsync(block, cancellationToken) > 0)
            {
            }
        });
        ArrayPool<byte>.Shared.Return(block);
        return (0, null);
    }

    /// <summary>Hashes the decompressed content, read from its file.</summary>
    public static async Task<(long Items, string? Remark)> HashAsync(Dataset dataset, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file =
            new FileStream(dataset.Content, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        int count;
        while ((count = await file.ReadAsync(block, cancellationToken)) > 0) hash.AppendData(block.AsSpan(0, count));
        hash.GetHashAndReset();
        ArrayPool<byte>.Shared.Return(block);
        return (0, null);
    }

    /// <summary>Decompresses, hashes and divides into windows of whole records, as in the read-ahead before the merge.</summary>
    public static async Task<(long Items, string? Remark)> FrameAsync(Dataset dataset, CancellationToken cancellationToken)
    {
        await ForEachBucketAsync(dataset, async (transport, bucket) =>
        {
            var options = new ArchiveReadOptions();
            var windows = Channel.CreateBounded<RecordWindow>(options.WindowsPerBucket);
            var stream = new BucketStream(transport, bucket, options, ArrayPool<byte>.Shared, new BucketCounters(bucket));
            var pump = Task.Run(() => stream.PumpAsync(windows.Writer, cancellationToken), cancellationToken);
            await foreach (RecordWindow window in windows.Reader.ReadAllAsync(cancellationToken)) window.Dispose();
            await pump;
            if (!stream.Verified) throw LoadTestException.Failed($"{bucket.FileName} was not verified.");
        });
        return (dataset.Facts.Records, null);
    }

    /// <summary>The client's work up to a depth, as in populate: read-ahead, merge and decode overlap.</summary>
    public static async Task<(long Items, string? Remark)> GraphAsync(
        Dataset dataset, ClientDepth depth, CancellationToken cancellationToken)
    {
        ClientRun run = await ClientWork.RunAsync(dataset.Archive, depth, null, cancellationToken);
        if (run.Entries != dataset.Facts.LiveEntries)
        {
            throw LoadTestException.Failed(FormattableString.Invariant(
                $"The merge returned {run.Entries:N0} entries; the generator computed {dataset.Facts.LiveEntries:N0}."));
        }

        if (depth == ClientDepth.Accumulate && run.Rows != dataset.Facts.Rows)
        {
            throw LoadTestException.Failed(
                FormattableString.Invariant($"The client made {run.Rows:N0} rows; the generator computed {dataset.Facts.Rows:N0}."));
        }

        string? remark =
            run.Stages.Count == 0
                ? null
                : string.Join(
                    ", ", run.Stages.Select(stage => FormattableString.Invariant($"{stage.Stage} busy {stage.Busy.TotalSeconds:F2} s")));
        return (run.Entries, remark);
    }

    private static async Task ForEachBucketAsync(Dataset dataset, Func<IArchiveTransport, BucketReference, Task> work)
    {
        var archive = HistoryArchive.Open(dataset.Archive);
        CheckpointProof proof = await archive.OpenCheckpointAsync(dataset.Facts.Checkpoint);
        foreach (BucketReference bucket in CheckpointEntrySource.Create(archive, proof).Buckets) await work(archive.Transport, bucket);
    }

    private static async Task<ArchiveObject> OpenAsync(
        IArchiveTransport transport, BucketReference bucket, CancellationToken cancellationToken) =>
            await transport.OpenAsync(ArchivePath.Bucket(bucket.Hash), 0, cancellationToken)
                ?? throw LoadTestException.Failed($"{bucket.FileName} is missing from the generated archive.");
}
