using System.Buffers;
using System.Collections.Concurrent;

namespace StellarPipeline.Archive.Tests.Support;

/// <summary>
/// A pool that counts, never hands out an array twice, refuses a second return, and overwrites what comes back, so that a use after the
/// return shows.
/// </summary>
internal sealed class CountingPool : ArrayPool<byte>
{
    private readonly ConcurrentDictionary<byte[], bool> rented = new();
    private long rents;

    public long Rents => Volatile.Read(ref rents);

    public int Outstanding => rented.Count;

    public int LargestBytes { get; private set; }

    public override byte[] Rent(int minimumLength)
    {
        byte[] array = new byte[minimumLength];
        rented[array] = true;
        Interlocked.Increment(ref rents);
        LargestBytes = Math.Max(LargestBytes, minimumLength);
        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        if (!rented.TryRemove(array, out _))
            throw new InvalidOperationException("An array came back that was not out.");
        array.AsSpan().Fill(0xdd);
    }
}
