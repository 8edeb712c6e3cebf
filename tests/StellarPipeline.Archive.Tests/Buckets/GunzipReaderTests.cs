using System.Buffers;
using System.IO.Compression;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Buckets;

public sealed class GunzipReaderTests
{
    private static readonly byte[] EmptyMember = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static readonly byte[] Content = MakeContent(200_000);

    public static TheoryData<string, byte[], byte[]> WholeFiles => new()
    {
        { "one member", Member(Content), Content },
        { "one small member", Member([1, 2, 3]), [1, 2, 3] },
        { "stored blocks", Member(Content, CompressionLevel.NoCompression), Content },
        { "two members", [.. Member(Content[..1_000]), .. Member(Content[1_000..])], Content },
        { "empty member", EmptyMember, [] },
        { "empty member between", [.. Member([1]), .. EmptyMember, .. Member([2])], [1, 2] },
        { "file name in the header", Named([.. Member(Content[..50])]), Content[..50] },
        { "named second member", [.. Member([7]), .. Named(Member([8, 9]))], [7, 8, 9] },
        { "packed twice", Member(Member(Content)), Content },
        { "packed twice, two members inside", Member([.. Member(Content[..1_000]), .. Member(Content[1_000..])]), Content },
        { "packed twice, two members outside", [.. Member(Member(Content)[..1_000]), .. Member(Member(Content)[1_000..])], Content },
        { "packed twice, little content", Member(Member([5])), [5] },
        { "packed twice, nothing", Member(EmptyMember), [] },
        { "not compressed", Content, Content },
        { "not compressed, one byte", [0x80], [0x80] },
        { "looks like our own end mark", Member("end of file"u8.ToArray()), "end of file"u8.ToArray() },
        { "two times our own end mark", [.. Member("end of file"u8.ToArray()), .. Member("end of file"u8.ToArray())],
            "end of fileend of file"u8.ToArray() },
    };

    public static TheoryData<string, byte[], string> DamagedFiles => new()
    {
        { "empty file", [], ArchiveErrorCode.GzipTruncated },
        { "one byte of the header", [0x1f], ArchiveErrorCode.GzipTruncated },
        { "two bytes of the header", [0x1f, 0x8b], ArchiveErrorCode.GzipTruncated },
        { "half a header", Member(Content)[..5], ArchiveErrorCode.GzipTruncated },
        { "header only", Member(Content)[..10], ArchiveErrorCode.GzipTruncated },
        { "cut inside the file name", Named(Member(Content))[..12], ArchiveErrorCode.GzipTruncated },
        { "half a second header", [.. Member(Content), .. Member(Content)[..6]], ArchiveErrorCode.GzipTruncated },
        { "first byte of a second header", [.. Member(Content), 0x1f], ArchiveErrorCode.GzipTruncated },
        { "cut second member", [.. Member(Content), .. Member(Content)[..100]], ArchiveErrorCode.GzipTruncated },
        { "garbage behind", [.. Member(Content), 1, 2, 3, 4], ArchiveErrorCode.GzipTrailing },
        { "one zero behind", [.. Member(Content), 0], ArchiveErrorCode.GzipTrailing },
        { "much garbage behind", [.. Member(Content), .. new byte[300_000]], ArchiveErrorCode.GzipTrailing },
        { "garbage between members", [.. Member(Content), 7, 7, .. Member(Content)], ArchiveErrorCode.GzipTrailing },
        { "packed twice, cut inside", Member(Member(Content)[..^20]), ArchiveErrorCode.GzipTruncated },
        { "packed twice, cut outside", Member(Member(Content))[..^20], ArchiveErrorCode.GzipTruncated },
        { "packed twice, garbage behind the inner one", Member([.. Member(Content), 1, 2, 3, 4]), ArchiveErrorCode.GzipTrailing },
        { "wrong checksum", Flip(Member(Content), -8), ArchiveErrorCode.GzipCorrupt },
        { "wrong length", Flip(Member(Content), -4), ArchiveErrorCode.GzipCorrupt },
        { "wrong length, high byte", Flip(Member(Content), -1), ArchiveErrorCode.GzipCorrupt },
        { "wrong checksum of the first of two", [.. Flip(Member(Content), -7), .. Member(Content)], ArchiveErrorCode.GzipCorrupt },
        { "unknown method", Flip(Member(Content), 2), ArchiveErrorCode.GzipCorrupt },
        { "flipped bit inside", Flip(Member(Content), 60_000), ArchiveErrorCode.GzipCorrupt },
    };

    [Theory]
    [MemberData(nameof(WholeFiles), DisableDiscoveryEnumeration = true)]
    public async Task Read_AWholeFile_GivesItsContentWhateverTheReadSizes(string name, byte[] file, byte[] expected)
    {
        Assert.NotNull(name);
        foreach (int inputBytes in (int[])[1, 7, 8_192, int.MaxValue])
        {
            foreach (int outputBytes in (int[])[1, 100, 65_536])
            {
                if (expected.Length / outputBytes > 50_000 || file.Length / inputBytes > 200_000)
                    continue;
                var pool = new CountingPool();

                byte[] content = await ReadAsync(file, inputBytes, outputBytes, pool);

                Assert.True(expected.AsSpan().SequenceEqual(content), $"{name}, {inputBytes} in, {outputBytes} out");
                Assert.Equal(0, pool.Outstanding);
            }
        }
    }

    [Theory]
    [MemberData(nameof(DamagedFiles), DisableDiscoveryEnumeration = true)]
    public async Task Read_ADamagedFile_EndsInOneClearError(string name, byte[] file, string code)
    {
        Assert.NotNull(name);
        foreach (int inputBytes in (int[])[13, 8_192, int.MaxValue])
        {
            foreach (int outputBytes in (int[])[1_000, 65_536])
            {
                var pool = new CountingPool();

                ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => ReadAsync(file, inputBytes, outputBytes, pool));

                Assert.Equal(code, error.Code);
                Assert.Equal(FailureKind.Archive, error.Kind);
                Assert.Equal("some-file.xdr.gz", error.File);
                Assert.Contains("some-file.xdr.gz", error.Message, StringComparison.Ordinal);
                Assert.NotNull(error.ByteOffset);
                Assert.Equal(0, pool.Outstanding);
            }
        }
    }

    [Theory]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.NoCompression)]
    public async Task Read_EveryTruncation_IsReported(CompressionLevel level)
    {
        byte[] file = Member(Content[..400], level);
        for (int length = 0; length < file.Length; length++)
        {
            int cut = length;
            ArchiveException error =
                await Assert.ThrowsAsync<ArchiveException>(() => ReadAsync(file[..cut], int.MaxValue, 4_096, ArrayPool<byte>.Shared));
            Assert.True(error.Code is ArchiveErrorCode.GzipTruncated or ArchiveErrorCode.GzipCorrupt, $"cut to {cut}: {error.Code}");
        }
    }

    [Fact]
    public async Task Read_EveryFlippedBit_IsReportedOrHarmless()
    {
        byte[] file = Member(Content[..300]);
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            byte[] damaged = [.. file];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                byte[] content = await ReadAsync(damaged, int.MaxValue, 4_096, ArrayPool<byte>.Shared);

                // Time and system in the header and the unused bits before the checksum mean nothing; without the first two bytes the file
                // counts as not compressed.
                Assert.True(content.AsSpan().SequenceEqual(bit < 16 ? damaged : Content.AsSpan(0, 300)), $"bit {bit}");
            }
            catch (ArchiveException error)
            {
                Assert.StartsWith("GZIP_", error.Code, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Read_WhileTheDeviceFails_IsAReadFailure()
    {
        var source = new ArchiveObject(new FailingStream(Member(Content), failAt: 100_000), "/archive/some-file.xdr.gz", null);
        await using var reader = new GunzipReader(source, "some-file.xdr.gz", ArrayPool<byte>.Shared);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => DrainAsync(reader, 65_536));

        Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
        Assert.Contains("/archive/some-file.xdr.gz", error.Message, StringComparison.Ordinal);
        Assert.Contains("the device failed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ABomb_EndsWhereTheRatioShows()
    {
        byte[] bomb = Member(new byte[80 * 1024 * 1024], CompressionLevel.Optimal);
        var pool = new CountingPool();
        await using var reader = new GunzipReader(new ArchiveObject(new MemoryStream(bomb), "x", bomb.Length), "some-file.xdr.gz", pool);

        byte[] block = new byte[1024 * 1024];
        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(async () =>
        {
            while (await reader.ReadAsync(block, CancellationToken.None) > 0)
            {
            }
        });

        Assert.Equal(ArchiveErrorCode.SizeLimit, error.Code);
        Assert.Contains("a ratio of more than 200: no archive file compresses that well", error.Message, StringComparison.Ordinal);
        Assert.InRange(reader.ContentBytes, GunzipReader.ContentBytesFree, GunzipReader.ContentBytesFree + block.Length);
    }

    public static TheoryData<string, byte[], byte[]> EndlessFiles => new()
    {
        { "a name without an end", [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3], "n"u8.ToArray() },
        { "empty members without an end", [], EmptyMember },
        { "empty blocks without an end", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], [0, 0, 0, 0xff, 0xff] },
        { "content, then empty members without an end", Member(Content), EmptyMember },
    };

    [Theory]
    [MemberData(nameof(EndlessFiles))]
    public async Task Read_AnEndlessFileWithoutContent_Ends(string name, byte[] start, byte[] repeated)
    {
        Assert.NotNull(name);
        await using var reader =
            new GunzipReader(new ArchiveObject(new EndlessStream(start, repeated), "x", null), "some-file.xdr.gz", ArrayPool<byte>.Shared);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => DrainAsync(reader, 65_536));

        Assert.Equal(ArchiveErrorCode.SizeLimit, error.Code);
        Assert.Contains("decompress to less than half as many bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(reader.StoredBytes, GunzipReader.StoredBytesFree, GunzipReader.StoredBytesFree + 1_000_000);
    }

    [Fact]
    public async Task Read_AHighRatioInASmallFile_IsAccepted()
    {
        byte[] content = new byte[4 * 1024 * 1024];

        Assert.Equal(content.Length,
            (await ReadAsync(Member(content, CompressionLevel.Optimal), int.MaxValue, 65_536, ArrayPool<byte>.Shared)).Length);
    }

    [Fact]
    public async Task StoredBytes_AtTheEnd_AreAllOfTheFile()
    {
        byte[] file = Member(Content);
        await using var reader = new GunzipReader(new ArchiveObject(new MemoryStream(file), "x", file.Length), "x", ArrayPool<byte>.Shared);

        byte[] content = await DrainAsync(reader, 65_536);

        Assert.Equal(file.Length, reader.StoredBytes);
        Assert.Equal(content.Length, reader.ContentBytes);
        Assert.Equal(0, await reader.ReadAsync(new byte[10], CancellationToken.None));
    }

    private static async Task<byte[]> ReadAsync(byte[] file, int inputBytes, int outputBytes, ArrayPool<byte> pool)
    {
        var source = new ArchiveObject(new FailingStream(file, failAt: int.MaxValue, inputBytes), "/archive/some-file.xdr.gz", file.Length);
        await using var reader = new GunzipReader(source, "some-file.xdr.gz", pool);
        return await DrainAsync(reader, outputBytes);
    }

    private static async Task<byte[]> DrainAsync(GunzipReader reader, int outputBytes)
    {
        using var content = new MemoryStream();
        byte[] block = new byte[outputBytes];
        int count;
        while ((count = await reader.ReadAsync(block, CancellationToken.None)) > 0)
            content.Write(block, 0, count);
        return content.ToArray();
    }

    private static byte[] MakeContent(int length)
    {
        var random = new Random(20_250_101);
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++)
            content[i] = (byte)random.Next(20);
        return content;
    }

    private static byte[] Member(byte[] content, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, level, leaveOpen: true))
            gzip.Write(content);
        return member.ToArray();
    }

    private static byte[] Named(byte[] member) => [.. member[..3], 8, .. member[4..10], .. "bucket.xdr\0"u8, .. member[10..]];

    private static byte[] Flip(byte[] bytes, int offset)
    {
        bytes[offset < 0 ? bytes.Length + offset : offset] ^= 0x10;
        return bytes;
    }
}
