using System.Buffers;

namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>The content of zstd frames, decompressed from a stream.</summary>
/// <remarks>A source that ends inside a frame is an error; otherwise a truncated file would look like a short one.</remarks>
internal sealed class ZstdStream : Stream
{
    private const int BlockBytes = 128 * 1024;

    private readonly Stream stored;
    private readonly IZstdDecoder decoder;
    private byte[]? block = ArrayPool<byte>.Shared.Rent(BlockBytes);
    private int position;
    private int end;
    private bool isBetweenFrames = true;
    private bool isAtEnd;

    /// <summary>Opens frames.</summary>
    /// <param name="stored">The frames; closed with this stream.</param>
    /// <param name="decoder">Disposed with this stream.</param>
    public ZstdStream(Stream stored, IZstdDecoder decoder)
    {
        this.stored = stored;
        this.decoder = decoder;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int written;
        while (!TryDecode(buffer, out written))
            Take(stored.Read(Room().Span));
        return written;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int written;
        while (!TryDecode(buffer.Span, out written))
            Take(await stored.ReadAsync(Room(), cancellationToken).ConfigureAwait(false));
        return written;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && block is { } used)
        {
            block = null;
            ArrayPool<byte>.Shared.Return(used);
            decoder.Dispose();
            stored.Dispose();
        }

        base.Dispose(disposing);
    }

    // False if more source bytes are needed first.
    private bool TryDecode(Span<byte> buffer, out int written)
    {
        ObjectDisposedException.ThrowIf(block is null, this);
        written = 0;
        if (buffer.IsEmpty)
            return true;
        while (true)
        {
            if (position == end && isBetweenFrames)
                return isAtEnd;
            ZstdStep step = decoder.Decode(block.AsSpan(position, end - position), buffer);
            position += step.Consumed;
            isBetweenFrames = step.IsFrameEnd;
            written = step.Written;
            if (written > 0)
                return true;
            if (step.Consumed > 0)
                continue;
            if (!isAtEnd)
                return false;
            if (!isBetweenFrames || position < end)
                throw new EndOfStreamException("The data ends inside a zstd frame.");
        }
    }

    private Memory<byte> Room()
    {
        // Unconsumed bytes stay at the front: the head of a frame may cross the border of two blocks.
        block.AsSpan(position, end - position).CopyTo(block);
        end -= position;
        position = 0;
        return block.AsMemory(end);
    }

    private void Take(int count)
    {
        isAtEnd = count == 0;
        end += count;
    }
}
