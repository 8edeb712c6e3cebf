using System.Buffers;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>The content of a gzip file, decompressed from a stream.</summary>
/// <remarks>
/// The rules of archive files apply (<see cref="GunzipReader"/>): a file that is truncated, has a wrong checksum or continues with other
/// data is an error, so that a truncated file does not look like a short one; a file that was compressed twice is decompressed twice.
/// </remarks>
internal sealed class GunzipStream : Stream
{
    private readonly GunzipReader reader;

    /// <summary>Opens gzip members.</summary>
    /// <param name="stored">The members; closed with this stream.</param>
    /// <param name="file">Their name, for messages.</param>
    public GunzipStream(Stream stored, string file) =>
        reader = new GunzipReader(new ArchiveObject(stored, file, lengthBytes: null), file, ArrayPool<byte>.Shared);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty ? ValueTask.FromResult(0) : reader.ReadAsync(buffer, cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await reader.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }
}
