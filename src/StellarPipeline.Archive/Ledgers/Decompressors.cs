using System.IO.Compression;

namespace StellarPipeline.Archive;

/// <summary>The formats that files of ledgers are compressed with, recognised by their first bytes, whatever the file's name
/// says.</summary>
internal static class Decompressors
{
    /// <summary>Bytes that tell the format.</summary>
    public const int StartBytes = 4;

    private static readonly IDecompressor[] All = [new Gzip(), new Zstandard()];

    /// <summary>The format of a file; null if it is not compressed.</summary>
    /// <param name="start">The first bytes, at most <see cref="StartBytes"/>.</param>
    public static IDecompressor? Find(ReadOnlySpan<byte> start)
    {
        foreach (IDecompressor decompressor in All)
        {
            if (decompressor.IsFormat(start)) return decompressor;
        }

        return null;
    }

    private sealed class Gzip : IDecompressor
    {
        public string Name => "gzip";

        public bool IsFormat(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);

        public Stream Open(Stream stored) => new GZipStream(stored, CompressionMode.Decompress);
    }

    private sealed class Zstandard : IDecompressor
    {
        public string Name => "zstd";

        public bool IsFormat(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]);

        // A file that ends inside a frame is an error; without the check it would look like a short one.
        public Stream Open(Stream stored) =>
            new ZstdStream(new ZstdSharp.DecompressionStream(stored, checkEndOfStream: true, leaveOpen: false));
    }

    /// <summary>Tells errors of the library as other decompressors tell theirs.</summary>
    private sealed class ZstdStream(Stream inner) : Stream
    {
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
            try
            {
                return inner.Read(buffer);
            }
            catch (ZstdSharp.ZstdException error)
            {
                throw new InvalidDataException(error.Message, error);
            }
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
