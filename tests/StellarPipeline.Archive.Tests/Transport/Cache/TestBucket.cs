using System.IO.Compression;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>A bucket of random bytes: what it holds, and how an archive stores it.</summary>
internal sealed class TestBucket
{
    private TestBucket(byte[] content, CompressionLevel level)
    {
        Content = content;
        Hash = Hash256.Of(content);
        Stored = Compress(content, level);
    }

    public byte[] Content { get; }

    public byte[] Stored { get; }

    public Hash256 Hash { get; }

    public string Path => ArchivePath.Bucket(Hash);

    public BucketReference Reference => new(new BucketPosition(BucketListKind.Live, 0, IsSnap: false), Hash);

    public static TestBucket Make(int bytes = 100_000, int seed = 1) => new(TestFiles.Bytes(bytes, seed), CompressionLevel.Fastest);

    /// <summary>The same content, stored in other bytes.</summary>
    public static TestBucket MakeOtherwiseStored(int bytes = 100_000, int seed = 1) =>
        new(TestFiles.Bytes(bytes, seed), CompressionLevel.NoCompression);

    public static byte[] Compress(byte[] content, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, level, leaveOpen: true))
            gzip.Write(content);
        return stored.ToArray();
    }
}
