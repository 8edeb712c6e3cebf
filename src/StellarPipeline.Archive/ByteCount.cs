namespace StellarPipeline.Archive;

/// <summary>Adds sizes that come from outside and can have any value.</summary>
internal static class ByteCount
{
    /// <summary>Adds two non-negative sizes; on overflow the result is <see cref="long.MaxValue"/>.</summary>
    public static long Add(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;
}
