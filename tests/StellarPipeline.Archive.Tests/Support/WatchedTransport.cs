using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Tests.Support;

/// <summary>A folder's transport that counts the files that are open, and fails where it is told to.</summary>
internal sealed class WatchedTransport(string folder, Func<string, int>? failAt = null, Action<string>? opening = null) : IArchiveTransport
{
    private readonly DirectoryTransport inner = new(folder);
    private int open;

    public int Open => Volatile.Read(ref open);

    public string Location => inner.Location;

    public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        opening?.Invoke(path);
        ArchiveObject? source = await inner.OpenAsync(path, offset, cancellationToken);
        if (source is null)
            return null;
        Interlocked.Increment(ref open);
        var content = new WatchedStream(source.Content, failAt?.Invoke(path) ?? int.MaxValue, () => Interlocked.Decrement(ref open));
        return new ArchiveObject(content, source.Location, source.LengthBytes);
    }

    private sealed class WatchedStream(Stream content, int failAt, Action closed) : Stream
    {
        private long read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (read >= failAt)
                throw new IOException("the device failed");
            int count = await content.ReadAsync(buffer[..Math.Min(buffer.Length, 1_000)], cancellationToken);
            read += count;
            return count;
        }

        public override async ValueTask DisposeAsync()
        {
            closed();
            await content.DisposeAsync();
            await base.DisposeAsync();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();
    }
}
