using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Ledgers.Zstd;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>The compression formats of ledger files, detected by their first bytes, whatever the file name says.</summary>
internal static class Decompressors
{
    /// <summary>Number of bytes that identify the format.</summary>
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

        public bool IsFormat(ReadOnlySpan<byte> start) => GunzipReader.IsGzip(start);

        public Stream Open(Stream stored, string file) => new GunzipStream(stored, file);
    }

    private sealed class Zstandard : IDecompressor
    {
        public string Name => "zstd";

        public bool IsFormat(ReadOnlySpan<byte> start) => ZstdDecoders.IsFrame(start);

        public Stream Open(Stream stored, string file) => new ZstdStream(stored, ZstdDecoders.Create());
    }
}
