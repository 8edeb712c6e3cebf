using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>An archive whose buckets begin to flow only after a while, as over a slow network.</summary>
internal sealed class SlowTransport(IArchiveTransport archive, TimeSpan delay) : IArchiveTransport
{
    public string Location => archive.Location;

    public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        ArchiveObject? file = await archive.OpenAsync(path, offset, cancellationToken);
        return file is not null && path.StartsWith("bucket/", StringComparison.Ordinal)
            ? new ArchiveObject(new SlowStream(file.Content, delay), file.Location, file.LengthBytes)
            : file;
    }

    private sealed class SlowStream(Stream content, TimeSpan delay) : Stream
    {
        private bool hasWaited;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => content.Length;

        public override long Position
        {
            get => content.Position;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!hasWaited) await Task.Delay(delay, cancellationToken);
            hasWaited = true;
            return await content.ReadAsync(buffer, cancellationToken);
        }

        public override int Read(byte[] buffer, int offset, int count) => content.Read(buffer, offset, count);

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) content.Dispose();
            base.Dispose(disposing);
        }
    }
}
