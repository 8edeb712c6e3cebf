using Microsoft.Win32.SafeHandles;
using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Reads a bucket while it arrives: returns the available bytes, and waits for more.</summary>
/// <remarks>
/// For readers the stream ends only after the bucket is verified, so a wrong bucket always ends in an error. For the verification itself it
/// ends after the last byte. Failure: the error of the download, code BUCKET_MISSING if the archive had no other copy, or CACHE_REPLACED if
/// the file was started again after some of it had been read.
/// </remarks>
internal sealed class FollowingStream : ForwardStream
{
    private readonly BucketArrival arrival;
    private readonly long start;
    private readonly bool endsBeforeVerification;
    private readonly BucketProofBuilder? proof;
    private SafeFileHandle? file;
    private int generation;
    private long position;
    private bool disposed;

    /// <summary>Follows a bucket.</summary>
    /// <param name="arrival">The bucket.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="endsBeforeVerification">True for the verification itself.</param>
    /// <param name="proof">Receives the bytes read; null for none.</param>
    public FollowingStream(BucketArrival arrival, long offset, bool endsBeforeVerification = false, BucketProofBuilder? proof = null)
    {
        this.arrival = arrival;
        this.endsBeforeVerification = endsBeforeVerification;
        this.proof = proof;
        start = position = offset;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (buffer.Length == 0)
            return 0;
        while (true)
        {
            ArrivalState state = arrival.State;
            if (state.Failure is not null)
                throw CacheThrow.ArrivalFailed(arrival.Hash, state.Failure);
            if (state.Stage == BucketFetchStage.Missing)
                throw CacheThrow.GoneWhileArriving(arrival.Hash);
            if (Follow(state) && position < state.Bytes)
            {
                return await ReadOnceAsync(buffer[..(int)Math.Min(buffer.Length, state.Bytes - position)], cancellationToken)
                    .ConfigureAwait(false);
            }

            if (state.Stage == BucketFetchStage.Done || (endsBeforeVerification && state.IsWhole))
                return 0;
            await arrival.WaitForChangeAsync(state.Version, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override void Dispose(bool disposing)
    {
        disposed = true;
        if (disposing)
            file?.Dispose();
        base.Dispose(disposing);
    }

    private bool Follow(in ArrivalState state)
    {
        if (state.Generation == generation)
            return generation > 0;
        if (generation > 0 && position > start)
            throw CacheThrow.Replaced(arrival.Hash, position);
        file?.Dispose();
        file = null;
        try
        {
            file = arrival.OpenFile(state.Generation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(ArchivePath.BucketFileName(arrival.Hash), error);
        }

        generation = file is null ? 0 : state.Generation;
        return file is not null;
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count;
        try
        {
            count = await RandomAccess.ReadAsync(file!, buffer, position, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(ArchivePath.BucketFileName(arrival.Hash), error);
        }

        // Another process has truncated the file: its bytes are lost.
        if (count == 0)
            throw CacheThrow.Damaged(ArchivePath.BucketFileName(arrival.Hash), position);
        proof?.Append(buffer.Span[..count]);
        position += count;
        return count;
    }
}
