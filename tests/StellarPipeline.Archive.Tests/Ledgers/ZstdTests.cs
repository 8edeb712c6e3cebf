using System.Buffers;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Ledgers.Zstd;
using StellarPipeline.Archive.Tests.Transport.Http;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Both implementations of zstd read the same frames, and refuse the same.</summary>
public sealed class ZstdTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(number => (byte)(number % 251 * (number >> 12)))];
    private static readonly byte[] Skippable = [0x5A, 0x2A, 0x4D, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5];

    public static TheoryData<bool> Implementations => [true, false];

    private static IZstdDecoder Make(bool isNative)
    {
        Skip.If(isNative && !NativeZstdDecoder.IsAvailable, "The system has no libzstd.");
        return isNative ? NativeZstdDecoder.TryCreate()! : new ManagedZstdDecoder();
    }

    private static byte[] Pack(bool withSize, bool withChecksum, byte[] content)
    {
        using var compressor = new ZstdSharp.Compressor();
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, withChecksum ? 1 : 0);
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_contentSizeFlag, withSize ? 1 : 0);
        return compressor.Wrap(content).ToArray();
    }

    private static byte[] Unpack(IZstdDecoder decoder, byte[] stored, int maxBytes = int.MaxValue)
    {
        byte[] content = ZstdUnpacker.Unpack(decoder, stored, maxBytes, "object", out int length);
        byte[] copy = content[..length];
        ArrayPool<byte>.Shared.Return(content);
        return copy;
    }

    private static async Task<byte[]> ReadAsync(IZstdDecoder decoder, byte[] stored, int pieceBytes, int blockBytes)
    {
        await using var stream = new ZstdStream(new PieceStream(stored, pieceBytes), decoder);
        return await stream.ReadToEndAsync(blockBytes);
    }

    [SkippableTheory]
    [MemberData(nameof(Implementations))]
    public async Task Decode_FramesOfEveryKind_GiveTheirContent(bool isNative)
    {
        using IZstdDecoder decoder = Make(isNative);
        byte[] twice = [.. Content, .. Content];
        foreach (bool withSize in new[] { true, false })
        {
            foreach (bool withChecksum in new[] { true, false })
            {
                byte[] one = Pack(withSize, withChecksum, Content);
                byte[] empty = Pack(withSize, withChecksum, []);
                byte[] several = [.. one, .. Skippable, .. empty, .. one, .. Skippable];

                Assert.Equal(Content, Unpack(decoder, one));
                Assert.Equal(twice, Unpack(decoder, several));
                Assert.Empty(Unpack(decoder, empty));
                Assert.Equal(withSize ? Content.Length : null, ZstdUnpacker.AnnouncedBytes(one));
                Assert.Equal(twice, await ReadAsync(Make(isNative), several, 1000, 4096));
                Assert.Equal(Content, await ReadAsync(Make(isNative), one, 1 << 20, 1 << 20));
                Assert.Empty(await ReadAsync(Make(isNative), Skippable, 3, 100));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Implementations))]
    public async Task Decode_CutAnywhere_IsAnError(bool isNative)
    {
        using IZstdDecoder decoder = Make(isNative);
        byte[] stored = Pack(withSize: true, withChecksum: true, Content);
        foreach (int length in new[] { 0, 1, 3, 4, 5, 9, stored.Length / 2, stored.Length - 4, stored.Length - 1 })
        {
            LedgerException error = Assert.Throws<LedgerException>(() => Unpack(decoder, stored[..length]));
            Assert.Equal((LedgerErrorCode.Compression, "object"), (error.Code, error.File));
            if (length > 0)
                await Assert.ThrowsAsync<EndOfStreamException>(() => ReadAsync(Make(isNative), stored[..length], 100, 1000));
        }

        Assert.Equal(Content, Unpack(decoder, stored));
    }

    [SkippableTheory]
    [MemberData(nameof(Implementations))]
    public async Task Decode_DamageOrSomethingElse_IsAnError(bool isNative)
    {
        using IZstdDecoder decoder = Make(isNative);
        byte[] stored = Pack(withSize: true, withChecksum: true, Content);
        byte[] damaged = (byte[])stored.Clone();
        damaged[^2] ^= 1;
        byte[] followed = [.. stored, 1, 2, 3, 4, 5];

        Assert.Equal(LedgerErrorCode.Compression, Assert.Throws<LedgerException>(() => Unpack(decoder, damaged)).Code);
        LedgerException trailing = Assert.Throws<LedgerException>(() => Unpack(decoder, followed));
        Assert.InRange(trailing.ByteOffset!.Value, stored.Length, followed.Length);
        Assert.Contains("web page", Assert.Throws<LedgerException>(
            () => Unpack(decoder, "<html><body>no</body></html>"u8.ToArray())).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(Make(isNative), damaged, 1000, 1000));
        Assert.Equal(Content, Unpack(decoder, stored));
    }

    [SkippableTheory]
    [MemberData(nameof(Implementations))]
    public void Unpack_Bomb_StopsAtTheLimit(bool isNative)
    {
        using IZstdDecoder decoder = Make(isNative);
        byte[] zeros = new byte[64 << 20];
        byte[] told = Pack(withSize: true, withChecksum: false, zeros);
        byte[] untold = Pack(withSize: false, withChecksum: false, zeros);
        Assert.InRange(untold.Length, 1, 64 << 10);

        foreach (byte[] stored in new[] { told, untold, [.. Pack(true, false, [1]), .. told] })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(LedgerErrorCode.SizeLimit, Assert.Throws<LedgerException>(() => Unpack(decoder, stored, 1 << 20)).Code);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Implementations))]
    public void Decoder_AfterItsDisposal_IsNotUsed(bool isNative)
    {
        IZstdDecoder decoder = Make(isNative);
        decoder.Dispose();
        decoder.Dispose();

        Assert.Throws<ObjectDisposedException>(() => decoder.Decode(default, default));
        Assert.Matches("[0-9]+\\.[0-9]+\\.[0-9]+", decoder.Name);
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class PieceStream(byte[] content, int pieceBytes) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, pieceBytes));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, pieceBytes)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span));
    }
}
