namespace StellarPipeline.Fuzz.Tests.Harness;

/// <summary>
/// A generator of numbers that costs nothing to start: each case has its own, made from the run's seed and the case's number.
/// </summary>
/// <remarks>SplitMix64 (Steele, Lea and Flood 2014).</remarks>
internal sealed class FuzzRandom(long seed, long number)
{
    private ulong state = Mix((ulong)seed * 0x9e37_79b9_7f4a_7c15) ^ Mix((ulong)number + 0x632b_e59b_d9b4_e019);

    public ulong Next64() => Mix(state += 0x9e37_79b9_7f4a_7c15);

    public uint Next32() => (uint)(Next64() >> 32);

    /// <summary>A number from 0 to <paramref name="end"/>, without it; 0 where there is no such number.</summary>
    public int Below(int end) => end <= 0 ? 0 : (int)(((ulong)Next32() * (uint)end) >> 32);

    public bool OneIn(int count) => Below(count) == 0;

    public T Pick<T>(ReadOnlySpan<T> items) => items[Below(items.Length)];

    public T Pick<T>(T[] items) => items[Below(items.Length)];

    public void Fill(Span<byte> bytes)
    {
        foreach (ref byte value in bytes)
            value = (byte)Next64();
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58_476d_1ce4_e5b9;
        value = (value ^ (value >> 27)) * 0x94d0_49bb_1331_11eb;
        return value ^ (value >> 31);
    }
}
