namespace StellarPipeline.Archive;

/// <summary>Sums of sizes that somebody else has announced, and which may be anything.</summary>
internal static class ByteCount
{
    /// <summary>Adds two sizes, neither of them negative. What is too large for a number is the largest one.</summary>
    public static long Add(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;
}
