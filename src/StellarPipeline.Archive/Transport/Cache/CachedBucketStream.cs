using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The stored bytes of a verified bucket in the cache, from an offset to its end.</summary>
/// <remarks>
/// Returns only bytes from blocks with the right checksum. Failure: a block has changed (code CACHE_DAMAGED); the file is then no longer
/// trusted.
/// </remarks>
internal sealed class CachedBucketStream : ForwardStream
{
    private readonly BucketPin pin;
    private readonly SafeFileHandle file;
    private byte[]? block;
    private long blockIndex = -1;
    private int blockLength;
    private long position;

    /// <summary>Opens the file.</summary>
    /// <exception cref="ArchiveException">The file cannot be opened.</exception>
    public CachedBucketStream(BucketPin pin, long offset)
    {
        this.pin = pin;
        position = offset;
        try
        {
            file = BucketCache.OpenToRead(pin.File);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(pin.File, error);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (position >= pin.Proof.StoredBytes || buffer.Length == 0)
            return 0;
        long wanted = position / BucketProof.BlockBytes;
        if (wanted != blockIndex)
            await LoadAsync(wanted, cancellationToken).ConfigureAwait(false);
        int start = (int)(position % BucketProof.BlockBytes);
        int count = Math.Min(buffer.Length, blockLength - start);
        block.AsMemory(start, count).CopyTo(buffer);
        position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
            if (Interlocked.Exchange(ref block, null) is { } rented)
                ArrayPool<byte>.Shared.Return(rented);
        }

        base.Dispose(disposing);
    }

    private async ValueTask LoadAsync(long index, CancellationToken cancellationToken)
    {
        block ??= ArrayPool<byte>.Shared.Rent(BucketProof.BlockBytes);
        blockIndex = -1;
        long start = index * BucketProof.BlockBytes;
        int expected = (int)Math.Min(BucketProof.BlockBytes, pin.Proof.StoredBytes - start);
        int filled = 0;
        try
        {
            int count = -1;
            while (filled < expected && count != 0)
            {
                count = await RandomAccess.ReadAsync(file, block.AsMemory(filled, expected - filled), start + filled, cancellationToken)
                    .ConfigureAwait(false);
                filled += count;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(pin.File, error);
        }

        if (filled != expected || Crc32C.End(Crc32C.Append(Crc32C.Start, block.AsSpan(0, filled))) != pin.Proof.Checksum(index))
        {
            pin.Distrust();
            throw CacheThrow.Damaged(pin.File, start);
        }

        ArchiveTelemetry.CountBytes(ArchiveTelemetry.Cache, filled);
        blockIndex = index;
        blockLength = filled;
    }
}
