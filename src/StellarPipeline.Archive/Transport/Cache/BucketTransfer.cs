using System.Buffers;
using Microsoft.Win32.SafeHandles;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Copies the bytes of one bucket from an archive into a file of the cache, and resumes a part.</summary>
internal sealed class BucketTransfer(IArchiveTransport transport, BucketCache cache, BucketArrival arrival, Action<long> countFetched)
{
    private const int BlockBytes = 256 * 1024;

    // Bytes fetched twice when a part is resumed, to prove that the archive stores the same bytes.
    private const int OverlapBytes = 512;

    private readonly string path = ArchivePath.Bucket(arrival.Hash);

    /// <summary>The file opened last, for reporting wrong content.</summary>
    public ArchiveObject? Source { get; private set; }

    /// <summary>True if the file contains bytes of an earlier download.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>Opens the bucket and makes its file available to readers.</summary>
    /// <param name="file">The file, open for reading and writing.</param>
    /// <param name="part">The part in the file.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>False if the archive does not contain the bucket.</returns>
    /// <exception cref="ArchiveException">It cannot be opened, or is larger than allowed.</exception>
    public async Task<bool> OpenAsync(SafeFileHandle file, CachePart part, CancellationToken cancellationToken)
    {
        long start = part.Bytes;
        if (start > 0)
        {
            IsResumed = await OpenPartAsync(file, part, cancellationToken).ConfigureAwait(false);
            if (!IsResumed)
            {
                OnFile(part.Path, () => RandomAccess.SetLength(file, 0));
                start = 0;
            }
        }

        if (!IsResumed)
            Source = await transport.OpenAsync(path, offset: 0, cancellationToken).ConfigureAwait(false);
        if (Source is null)
            return false;

        // Checked before making room: an impossible size must not empty the cache.
        long before = IsResumed ? start - Math.Min(start, OverlapBytes) : 0;
        if (Source.LengthBytes > cache.Options.MaxBucketBytes - before)
            ArchiveThrow.BucketTooLarge(arrival.Hash, cache.Options.MaxBucketBytes);
        arrival.Begin(part.Path, start, before + Source.LengthBytes);
        return true;
    }

    /// <summary>Copies all remaining bytes.</summary>
    /// <exception cref="ArchiveException">They cannot be read, or cannot be written.</exception>
    public async Task RunAsync(SafeFileHandle file, string name, CancellationToken cancellationToken)
    {
        ArrivalState begun = arrival.State;
        long position = begun.Bytes;
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            using CacheReservation room = cache.Space.Reserve(arrival.Hash, begun.TotalBytes ?? 0, RoomWanted.ForBucket(arrival.Hash));
            int count;
            while ((count = await ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (position + count > cache.Options.MaxBucketBytes)
                    ArchiveThrow.BucketTooLarge(arrival.Hash, cache.Options.MaxBucketBytes);
                await WriteAsync(file, name, block.AsMemory(0, count), position, begun.TotalBytes, cancellationToken).ConfigureAwait(false);
                position += count;
                countFetched(count);
                arrival.Publish(position);
            }

            arrival.EndBytes();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Closes the opened file.</summary>
    public ValueTask CloseAsync() => Source?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask<bool> OpenPartAsync(SafeFileHandle file, CachePart part, CancellationToken cancellationToken)
    {
        long start = part.Bytes;
        int overlap = (int)Math.Min(start, OverlapBytes);
        ArchiveObject? source = await transport.OpenAsync(path, start - overlap, cancellationToken).ConfigureAwait(false);
        Source = source;
        if (source is null)
            return false;
        byte[] stored = new byte[overlap];
        byte[] fetched = new byte[overlap];
        int storedBytes = 0;
        OnFile(part.Path, () => storedBytes = RandomAccess.Read(file, stored, start - overlap));
        int fetchedBytes = 0;
        int count;
        while (fetchedBytes < overlap
            && (count = await ReadAsync(fetched.AsMemory(fetchedBytes), cancellationToken).ConfigureAwait(false)) > 0)
        {
            fetchedBytes += count;
        }

        if (storedBytes == overlap && fetchedBytes == overlap && stored.AsSpan().SequenceEqual(fetched))
            return true;

        // The archive has compressed the bucket differently, or the part is damaged: none of it can be used.
        await source.DisposeAsync().ConfigureAwait(false);
        Source = null;
        return false;
    }

    private static void OnFile(string name, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(name, error);
        }
    }

    private async ValueTask<int> ReadAsync(Memory<byte> block, CancellationToken cancellationToken)
    {
        try
        {
            return await Source!.Content.ReadAsync(block, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw HttpThrow.FolderFailed(Source!.Location, error);
        }
    }

    private async ValueTask WriteAsync(
        SafeFileHandle file, string name, ReadOnlyMemory<byte> bytes, long position, long? totalBytes, CancellationToken cancellationToken)
    {
        for (bool hasEvicted = false; ; hasEvicted = true)
        {
            try
            {
                await cache.Volume.WriteAsync(file, bytes, position, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (IOException error) when (CacheVolume.IsFull(error))
            {
                // Other programs fill the disk too. Unused cached buckets are removed before the user has to act.
                long missing = Math.Max(bytes.Length, (totalBytes ?? position) - position);
                if (hasEvicted || cache.Space.Evict(missing) == 0)
                    throw CacheThrow.DiskFull(name, position, totalBytes, error);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw CacheThrow.FileUnusable(name, error);
            }
        }
    }
}
