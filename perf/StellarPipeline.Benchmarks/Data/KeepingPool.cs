using System.Buffers;

namespace StellarPipeline.Benchmarks.Data;

/// <summary>A pool that ignores returned memory, so that the next call can read the windows of a bucket again.</summary>
internal sealed class KeepingPool : ArrayPool<byte>
{
    public static KeepingPool Instance { get; } = new();

    public override byte[] Rent(int minimumLength) => throw new NotSupportedException("This pool does not lend memory.");

    public override void Return(byte[] array, bool clearArray = false)
    {
    }
}
