using System.Buffers.Binary;
using StellarPipeline.Fuzz.Tests.Harness;

namespace StellarPipeline.Fuzz.Tests.Mutation;

/// <summary>Damage aimed at XDR: lengths, counts, flags and discriminants are words of four bytes.</summary>
internal static class XdrMutator
{
    private static readonly byte[] OneVec = [0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 1];
    private static readonly byte[] OneMap = [0, 0, 0, 17, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
    private static readonly byte[] WideVec = [0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 64];
    private static readonly byte[] NotPredicate = [0, 0, 0, 3, 0, 0, 0, 1];
    private static readonly byte[] AndPredicate = [0, 0, 0, 1, 0, 0, 0, 2];

    /// <summary>Damages a value in one to four places; now and then leaves it whole.</summary>
    /// <param name="bytes">The value; not changed.</param>
    /// <param name="other">Another sample, to take pieces from.</param>
    /// <param name="random">Decides.</param>
    public static byte[] Mutate(byte[] bytes, byte[] other, FuzzRandom random)
    {
        int rounds = random.OneIn(20) ? 0 : 1 + random.Below(random.OneIn(3) ? 4 : 1);
        for (int round = 0; round < rounds; round++)
        {
            bytes = random.Below(20) switch
            {
                < 11 => WithWord(bytes, random),
                < 14 => ByteMutator.Mutate(bytes, other, random),
                < 18 => ByteMutator.Mutate(bytes, other, random, step: 4),
                < 19 => Nested(bytes, random),
                _ => Trailing(bytes, random),
            };
        }

        return bytes;
    }

    /// <summary>Changes one word.</summary>
    public static byte[] WithWord(byte[] bytes, FuzzRandom random)
    {
        if (bytes.Length < 4)
            return bytes;
        byte[] result = (byte[])bytes.Clone();
        int offset = 0;
        for (int attempt = 0; attempt < 4; attempt++)
        {
            // Small numbers are mostly what steers a decoder; large ones are pieces of hashes.
            offset = random.Below(bytes.Length / 4) * 4;
            if (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(offset)) < 256)
                break;
        }

        uint old = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(offset));
        BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan(offset), Word(old, bytes.Length - offset - 4, random));
        return result;
    }

    private static uint Word(uint old, int bytesLeft, FuzzRandom random) => random.Below(18) switch
    {
        0 => 0,
        1 => 1,
        2 => uint.MaxValue,
        3 => int.MaxValue,
        4 => 0x8000_0000,
        5 or 6 => old + 1,
        7 or 8 => old - 1,
        9 => (uint)bytesLeft,
        10 => (uint)(bytesLeft + 1 + random.Below(4)),
        11 => (uint)(bytesLeft / 4),
        12 => (uint)((bytesLeft / 8) + 1),
        13 => old ^ (1u << random.Below(32)),
        14 => random.Next32(),
        _ => (uint)random.Below(24),
    };

    // Puts a value under many levels of others, which need not end: the reader must stop by itself.
    private static byte[] Nested(byte[] bytes, FuzzRandom random)
    {
        byte[] level = random.Pick<byte[]>([OneVec, OneVec, OneMap, WideVec, NotPredicate, AndPredicate]);
        int levels = random.Pick([2, 15, 16, 17, 150, 199, 200, 201, 400, 3_000]);
        byte[] nest = new byte[level.Length * levels];
        for (int index = 0; index < levels; index++)
            level.CopyTo(nest, index * level.Length);
        return ByteMutator.Replace(bytes, random.Below((bytes.Length / 4) + 1) * 4, 0, nest);
    }

    private static byte[] Trailing(byte[] bytes, FuzzRandom random)
    {
        byte[] result = new byte[bytes.Length + 1 + random.Below(16)];
        bytes.CopyTo(result, 0);
        return result;
    }
}
