using System.Buffers;
using CommunityToolkit.HighPerformance.Buffers;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Lends the memory of pages for one run, keeps it for re-use, and counts what is out.</summary>
/// <remarks>
/// A run owns one pool. Buffers are kept until the pool itself is collected, so a page of any size up to <see cref="MaxPooledBytes"/>
/// comes from the large object heap once and not once per page. Memory held is therefore the peak of what the run had in flight.
/// After a run, <see cref="Outstanding"/> must be 0, whether the run succeeded, failed or was cancelled. Thread-safe.
/// </remarks>
public sealed class PagePool
{
    /// <summary>The largest buffer that is kept for re-use, in bytes (16 MiB); larger ones are made and dropped.</summary>
    public const int MaxPooledBytes = 16 * 1024 * 1024;

    // The most buffers kept of each power-of-two size. At 256 KiB a page this is 1 GiB in flight, more than any sensible byte budget.
    private const int BuffersKeptPerSize = 4096;

    private readonly ArrayPool<byte> buffers = ArrayPool<byte>.Create(MaxPooledBytes, BuffersKeptPerSize);
    private long rents;
    private long returns;
    private long outstandingBytes;
    private long peakBytes;

    /// <summary>Buffers lent so far.</summary>
    public long Rents => Interlocked.Read(ref rents);

    /// <summary>Buffers given back so far.</summary>
    public long Returns => Interlocked.Read(ref returns);

    /// <summary>Buffers that are lent now. 0 after a run, else something was leaked.</summary>
    public long Outstanding
    {
        get
        {
            // In this order: a buffer that is lent and given back between the two reads must not count below zero.
            long returned = Returns;
            return Rents - returned;
        }
    }

    /// <summary>Capacity of the buffers that are lent now, in bytes.</summary>
    public long OutstandingBytes => Interlocked.Read(ref outstandingBytes);

    /// <summary>The most that was lent at one time, in bytes.</summary>
    public long PeakBytes => Interlocked.Read(ref peakBytes);

    internal MemoryOwner<byte> Rent(int minimumBytes)
    {
        // The whole array behind the owner is usable, so the owner is asked for the power of two that the pool would give anyway.
        int bytes =
            minimumBytes <= MaxPooledBytes ? (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)minimumBytes) : minimumBytes;
        var owner = MemoryOwner<byte>.Allocate(bytes, buffers);
        Interlocked.Increment(ref rents);
        long now = Interlocked.Add(ref outstandingBytes, bytes);
        long peak = Interlocked.Read(ref peakBytes);
        while (now > peak)
        {
            long seen = Interlocked.CompareExchange(ref peakBytes, now, peak);
            if (seen == peak)
                break;
            peak = seen;
        }

        return owner;
    }

    internal void Return(MemoryOwner<byte> owner)
    {
        Interlocked.Add(ref outstandingBytes, -owner.Length);
        Interlocked.Increment(ref returns);
        owner.Dispose();
    }
}
