using System.Buffers.Binary;
using System.IO.Compression;
using StellarPipeline.Fuzz.Tests.Harness;

namespace StellarPipeline.Fuzz.Tests.Mutation;

/// <summary>Makes gzip files (RFC 1952) of every shape, and damages their headers, blocks and trailers.</summary>
internal static class GzipMutator
{
    private const int HeaderBytes = 10;
    private const int TrailerBytes = 8;

    private static readonly byte[] EmptyMember = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly CompressionLevel[] Levels =
        [CompressionLevel.Fastest, CompressionLevel.Optimal, CompressionLevel.NoCompression];
    private static readonly Lazy<byte[]> Bomb = new(() => Member(new byte[8 * 1024 * 1024], CompressionLevel.Optimal));

    /// <summary>Compresses a content, in one or more members, with or without the optional parts of a header.</summary>
    public static byte[] Compress(byte[] content, FuzzRandom random)
    {
        using var file = new MemoryStream();
        int members = random.OneIn(4) ? 1 + random.Below(3) : 1;
        int start = 0;
        for (int member = 1; member <= members; member++)
        {
            if (random.OneIn(20))
                file.Write(EmptyMember);
            int end = member == members ? content.Length : start + random.Below(content.Length - start);
            file.Write(WithHeader(Member(content.AsSpan(start, end - start), random.Pick(Levels)), random));
            start = end;
        }

        return file.ToArray();
    }

    /// <summary>Damages a file once or not at all.</summary>
    public static byte[] Mutate(byte[] file, byte[] other, FuzzRandom random) => random.Below(16) switch
    {
        0 => file,
        1 or 2 => WithByte(file, random.Below(HeaderBytes + 4), random),
        3 => WithByte(file, file.Length - 1 - random.Below(TrailerBytes), random),
        4 => WithLength(file, random),
        5 or 6 => WithByte(file, HeaderBytes + random.Below(8), random),
        7 => [.. file, .. Garbage(random)],
        8 => [.. file, .. file.AsSpan(0, random.Below(file.Length))],
        9 => file[..random.Below(file.Length)],
        10 => [.. Enumerable.Repeat(EmptyMember, 1 + random.Below(300)).SelectMany(member => member), .. random.OneIn(2) ? file : []],
        11 => random.OneIn(8) ? [.. file, .. Bomb.Value] : [.. file, .. other],
        12 => random.OneIn(8) ? Bomb.Value : file,
        _ => ByteMutator.Mutate(file, other, random),
    };

    private static byte[] Member(ReadOnlySpan<byte> content, CompressionLevel level)
    {
        if (content.IsEmpty)
            return EmptyMember;
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, level, leaveOpen: true))
            gzip.Write(content);
        return member.ToArray();
    }

    // FLG: 1 text, 2 header checksum, 4 extra field, 8 name, 16 comment, the rest reserved.
    private static byte[] WithHeader(byte[] member, FuzzRandom random)
    {
        if (!random.OneIn(4))
            return member;
        int flags = random.Below(32);
        List<byte> header = [.. member.AsSpan(0, 3), (byte)flags, .. member.AsSpan(4, HeaderBytes - 4)];
        if ((flags & 4) != 0)
        {
            int extra = random.Below(300);
            header.AddRange([(byte)extra, (byte)(extra >> 8), .. new byte[extra]]);
        }

        if ((flags & 8) != 0)
            header.AddRange([.. Enumerable.Repeat((byte)'n', random.Below(300)), 0]);
        if ((flags & 16) != 0)
            header.AddRange([.. Enumerable.Repeat((byte)'c', random.OneIn(10) ? 200_000 : random.Below(300)), 0]);
        if ((flags & 2) != 0)
            header.AddRange(random.OneIn(3) ? [1, 2] : HeaderChecksum([.. header]));
        return [.. header, .. member.AsSpan(HeaderBytes)];
    }

    // The low half of the CRC-32 of the header.
    private static byte[] HeaderChecksum(byte[] header)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in header)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xedb8_8320 & (uint)-(int)(crc & 1));
        }

        crc = ~crc;
        return [(byte)crc, (byte)(crc >> 8)];
    }

    private static byte[] WithByte(byte[] file, int place, FuzzRandom random)
    {
        byte[] result = (byte[])file.Clone();
        if (place >= 0 && place < result.Length)
            result[place] = random.OneIn(2) ? (byte)random.Next64() : (byte)(result[place] ^ (1 << random.Below(8)));
        return result;
    }

    private static byte[] WithLength(byte[] file, FuzzRandom random)
    {
        byte[] result = (byte[])file.Clone();
        if (result.Length < 4)
            return result;
        Span<byte> length = result.AsSpan(result.Length - 4);
        uint old = BinaryPrimitives.ReadUInt32LittleEndian(length);
        BinaryPrimitives.WriteUInt32LittleEndian(length, random.Pick<uint>([0, old + 1, old - 1, uint.MaxValue, int.MaxValue]));
        return result;
    }

    private static byte[] Garbage(FuzzRandom random)
    {
        byte[] garbage = new byte[1 + random.Below(40)];
        if (!random.OneIn(3))
            random.Fill(garbage);
        if (random.OneIn(3))
            garbage[0] = 0x1f;
        return garbage;
    }
}
