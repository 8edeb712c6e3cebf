using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Channels;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Reads a bucket file ahead of its reader: decompresses and hashes it, and splits it into windows of whole records.</summary>
/// <remarks>
/// Input: the stored file. Output: windows, in order, through a bounded queue with one writer and one reader. A record larger than a window
/// gets a larger one, which grows as its bytes arrive: memory is never allocated from the length in a mark alone.
/// Failure: the queue is completed with the error, and the error is thrown. After the last byte, the SHA-256 of the content is compared
/// with the bucket's name; so a queue that ends without an error has delivered exactly the requested bucket.
/// </remarks>
internal sealed class BucketStream(
    IArchiveTransport transport, BucketReference bucket, ArchiveReadOptions options, ArrayPool<byte> pool, BucketCounters counters)
{
    private readonly string file = bucket.FileName;
    private byte[]? buffer;
    private int capacity;
    private int filled;
    private int framed;
    private long windowOffset;
    private long recordsFramed;

    /// <summary>True once the whole bucket has been read and its hash is right.</summary>
    public bool Verified { get; private set; }

    /// <summary>Reads the bucket to its end.</summary>
    /// <param name="windows">Receives the windows. This method always completes it.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="ArchiveException">The bucket is missing, damaged or too large.</exception>
    public async Task PumpAsync(ChannelWriter<RecordWindow> windows, CancellationToken cancellationToken)
    {
        using Activity? activity = ArchiveTelemetry.StartRead(bucket.Hash);
        try
        {
            await ReadToEndAsync(windows, cancellationToken).ConfigureAwait(false);
            windows.TryComplete();
        }
        catch (Exception error)
        {
            Telemetry.Fail(activity, error);
            windows.TryComplete(error);
            throw;
        }
        finally
        {
            counters.IsReading = false;
            if (buffer is not null)
                pool.Return(buffer);
            buffer = null;
        }
    }

    private async Task ReadToEndAsync(ChannelWriter<RecordWindow> windows, CancellationToken cancellationToken)
    {
        counters.IsReading = true;
        ArchiveObject? source =
            await transport.OpenAsync(ArchivePath.Bucket(bucket.Hash), offset: 0, cancellationToken).ConfigureAwait(false);
        if (source is null)
            throw ArchiveThrow.BucketMissing(bucket, transport.Location);
        var reader = new GunzipReader(source, file, pool);
        await using (reader.ConfigureAwait(false))
        {
            await ReadWindowsAsync(reader, windows, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReadWindowsAsync(GunzipReader reader, ChannelWriter<RecordWindow> windows, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        StartWindow(options.WindowBytes);
        while (true)
        {
            if (filled == capacity)
                await MakeRoomAsync(windows, cancellationToken).ConfigureAwait(false);
            counters.IsReading = true;
            int count = await reader.ReadAsync(buffer.AsMemory(filled, capacity - filled), cancellationToken).ConfigureAwait(false);
            counters.IsReading = false;
            counters.SetBytes(reader.StoredBytes, reader.ContentBytes);
            if (count == 0)
                break;
            if (reader.ContentBytes > options.MaxBucketBytes)
                ArchiveThrow.BucketTooLarge(bucket, options.MaxBucketBytes);
            hash.AppendData(buffer.AsSpan(filled, count));
            filled += count;
            Frame();
        }

        if (framed != filled)
            ArchiveThrow.RecordTruncated(Place(), buffer.AsSpan(framed, filled - framed));
        if (framed > 0)
            await HandOverAsync(windows, cancellationToken).ConfigureAwait(false);
        Verify(hash);
    }

    private void Frame()
    {
        while (filled - framed >= RecordMark.Bytes)
        {
            ReadOnlySpan<byte> mark = buffer.AsSpan(framed);
            if (!RecordMark.TryRead(mark, options.MaxRecordBytes, out int bodyBytes))
                ArchiveThrow.RecordMark(Place(), mark, options.MaxRecordBytes);
            if (bodyBytes > filled - framed - RecordMark.Bytes)
                return;
            framed += RecordMark.Bytes + bodyBytes;
            recordsFramed++;
        }
    }

    private async ValueTask MakeRoomAsync(ChannelWriter<RecordWindow> windows, CancellationToken cancellationToken)
    {
        byte[] full = buffer!;
        int start = framed;
        int tail = filled - framed;
        if (start > 0)
        {
            // Copy the tail before handing over the window: after that, the memory belongs to the reader.
            long offset = windowOffset;
            windowOffset += start;
            StartWindow(CapacityFor(tail));
            full.AsSpan(start, tail).CopyTo(buffer);
            filled = tail;
            await SendAsync(windows, new RecordWindow(pool, full, start, offset), cancellationToken).ConfigureAwait(false);
            return;
        }

        StartWindow(CapacityFor(tail));
        full.AsSpan(0, tail).CopyTo(buffer);
        filled = tail;
        pool.Return(full);
    }

    private int CapacityFor(int tail) =>
        tail < options.WindowBytes ? options.WindowBytes : (int)Math.Min(2L * tail, (long)options.MaxRecordBytes + RecordMark.Bytes);

    private void StartWindow(int bytes)
    {
        buffer = pool.Rent(bytes);
        capacity = bytes;
        filled = 0;
        framed = 0;
    }

    private ValueTask HandOverAsync(ChannelWriter<RecordWindow> windows, CancellationToken cancellationToken)
    {
        var window = new RecordWindow(pool, buffer!, framed, windowOffset);
        buffer = null;
        return SendAsync(windows, window, cancellationToken);
    }

    private static async ValueTask SendAsync(ChannelWriter<RecordWindow> windows, RecordWindow window, CancellationToken cancellationToken)
    {
        try
        {
            while (!windows.TryWrite(window))
            {
                // Only a reader that has given up completes the queue from its side.
                if (!await windows.WaitToWriteAsync(cancellationToken).ConfigureAwait(false))
                    throw new OperationCanceledException("The reader of the bucket has stopped.", cancellationToken);
            }
        }
        catch
        {
            window.Dispose();
            throw;
        }
    }

    private void Verify(IncrementalHash hash)
    {
        Hash256 found = default;
        hash.GetHashAndReset(found);
        ArchiveTelemetry.CountBucket(found == bucket.Hash, ArchiveTelemetry.Read);
        if (found != bucket.Hash)
            ArchiveThrow.BucketHash(bucket, found, windowOffset + framed);
        Verified = true;
    }

    private RecordPlace Place() => new(file, bucket.Position.ToString(), recordsFramed + 1, windowOffset + framed);
}
