using System.Buffers;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Pooled memory with whole records of one bucket, marks included.</summary>
/// <remarks>One stage owns it at a time: the reader of a bucket returns the memory after the last record.</remarks>
internal sealed class RecordWindow : IDisposable
{
    private readonly ArrayPool<byte> pool;
    private byte[]? buffer;

    /// <summary>Takes ownership of a rented buffer.</summary>
    /// <param name="pool">Pool that the buffer returns to.</param>
    /// <param name="buffer">The buffer.</param>
    /// <param name="length">Bytes in use: whole records.</param>
    /// <param name="offset">Position of the first byte in the bucket's uncompressed content.</param>
    public RecordWindow(ArrayPool<byte> pool, byte[] buffer, int length, long offset)
    {
        this.pool = pool;
        this.buffer = buffer;
        Length = length;
        Offset = offset;
    }

    /// <summary>The memory; only the first <see cref="Length"/> bytes are in use.</summary>
    public byte[] Buffer => buffer ?? throw new ObjectDisposedException(nameof(RecordWindow));

    /// <summary>Bytes in use.</summary>
    public int Length { get; }

    /// <summary>Position of the first byte in the bucket's uncompressed content.</summary>
    public long Offset { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref buffer, null) is { } rented)
            pool.Return(rented);
    }
}
