using StellarPipeline.Fuzz.Tests.Harness;

namespace StellarPipeline.Fuzz.Tests.Mutation;

/// <summary>Damage that knows nothing of the format.</summary>
internal static class ByteMutator
{
    private const int MaxInsertedBytes = 64;

    /// <summary>Damages bytes once.</summary>
    /// <param name="bytes">The bytes; not changed.</param>
    /// <param name="other">Another sample, to take pieces from.</param>
    /// <param name="random">Decides.</param>
    /// <param name="step">Places and lengths are multiples of this: 1, or 4 for XDR.</param>
    public static byte[] Mutate(byte[] bytes, byte[] other, FuzzRandom random, int step = 1)
    {
        int place = Place(bytes.Length, step, random);
        switch (random.Below(9))
        {
            case 0:
            case 1:
                return Changed(bytes, place, value => (byte)(value ^ (1 << random.Below(8))));
            case 2:
                return Changed(bytes, place, _ => (byte)random.Next64());
            case 3:
                return bytes[..place];
            case 4:
                return Replace(bytes, place, Length(bytes.Length - place, step, random), []);
            case 5:
                byte[] inserted = new byte[(1 + random.Below(MaxInsertedBytes / step)) * step];
                if (!random.OneIn(3))
                    random.Fill(inserted);
                return Replace(bytes, place, 0, inserted);
            case 6:
                int length = Length(Math.Min(bytes.Length - place, 4_096), step, random);
                return Replace(bytes, place, 0, bytes.AsSpan(place, length));
            case 7:
                int from = Place(other.Length, step, random);
                return Replace(bytes, place, Length(bytes.Length - place, step, random),
                    other.AsSpan(from, Length(Math.Min(other.Length - from, 4_096), step, random)));
            default:
                return Replace(bytes, place, bytes.Length - place, other.AsSpan(Place(other.Length, step, random)));
        }
    }

    /// <summary>Replaces a piece by another.</summary>
    public static byte[] Replace(ReadOnlySpan<byte> bytes, int place, int length, ReadOnlySpan<byte> piece)
    {
        byte[] result = new byte[bytes.Length - length + piece.Length];
        bytes[..place].CopyTo(result);
        piece.CopyTo(result.AsSpan(place));
        bytes[(place + length)..].CopyTo(result.AsSpan(place + piece.Length));
        return result;
    }

    private static int Place(int length, int step, FuzzRandom random) => Math.Min(length, random.Below((length / step) + 1) * step);

    // Short pieces mostly: they leave the rest as it was.
    private static int Length(int room, int step, FuzzRandom random) =>
        Math.Min(room, (random.OneIn(4) ? random.Below((room / step) + 1) : 1 + random.Below(8)) * step);

    private static byte[] Changed(byte[] bytes, int place, Func<byte, byte> change)
    {
        byte[] result = (byte[])bytes.Clone();
        if (result.Length > 0)
            result[Math.Min(place, result.Length - 1)] = change(result[Math.Min(place, result.Length - 1)]);
        return result;
    }
}
