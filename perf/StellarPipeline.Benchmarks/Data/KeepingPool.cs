using System.Buffers;

namespace StellarPipeline.Benchmarks.Data;

/// <summary>A pool that takes memory back without lending it again: windows of a bucket can be read once more by the next call.</summary>
internal sealed class KeepingPool : ArrayPool<byte>
{
    public static KeepingPool Instance { get; } = new();

    public override byte[] Rent(int minimumLength) => throw new NotSupportedException("This pool only takes memory back.");

    public override void Return(byte[] array, bool clearArray = false)
    {
    }
}
