namespace StellarPipeline.Generator.Checkpoints;

/// <summary>A reproducible stream of pseudo-random numbers (SplitMix64), and a hash that gives the seed for each key.</summary>
internal struct Entropy(ulong seed)
{
    private const ulong Increment = 0x9e37_79b9_7f4a_7c15;

    private ulong state = seed;

    /// <summary>A pseudo-random number for a seed, a domain and an index in the domain.</summary>
    public static ulong Hash(ulong seed, Domain domain, ulong index) =>
        Mix(Mix(seed + ((ulong)domain * Increment)) ^ (index * 0xd1b5_4a32_d192_ed03));

    /// <summary>Spreads every input bit over all output bits.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58_476d_1ce4_e5b9;
        value = (value ^ (value >> 27)) * 0x94d0_49bb_1331_11eb;
        return value ^ (value >> 31);
    }

    /// <summary>Scales a number to 0 … bound − 1.</summary>
    public static ulong Scale(ulong value, ulong bound) => Math.BigMul(value, bound, out _);

    public ulong Next()
    {
        state += Increment;
        return Mix(state);
    }

    public int Below(int bound) => (int)Scale(Next(), (ulong)bound);

    public bool Chance(int perThousand) => Below(1000) < perThousand;

    /// <summary>An amount from 16 to below 2 to the given power; each power of two is equally likely.</summary>
    public long Amount(int highestBit)
    {
        int bit = 4 + Below(highestBit - 4);
        return (1L << bit) + (long)Scale(Next(), 1UL << bit);
    }

    public void Fill(Span<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, Next());
            bytes = bytes[sizeof(ulong)..];
        }

        for (ulong rest = bytes.IsEmpty ? 0 : Next(); !bytes.IsEmpty; bytes = bytes[1..], rest >>= 8) bytes[0] = (byte)rest;
    }
}
