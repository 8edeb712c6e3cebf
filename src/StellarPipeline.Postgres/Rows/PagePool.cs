using System.Buffers;
using CommunityToolkit.HighPerformance.Buffers;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Rents out the memory of pages during one run, reuses it, and counts the rented buffers.</summary>
/// <remarks>
/// A run owns one pool. The pool keeps buffers of up to <see cref="MaxPooledBytes"/> until it is garbage-collected itself, so a buffer is
/// allocated on the large object heap once, not once per page. The pool therefore holds as much memory as the run had in flight at its
/// peak. After a run, <see cref="Outstanding"/> must be 0, whether the run succeeded, failed or was cancelled. Thread-safe.
/// </remarks>
public sealed class PagePool
{
    /// <summary>The largest buffer that is kept for reuse, in bytes (16 MiB); larger ones are allocated each time.</summary>
    public const int MaxPooledBytes = 16 * 1024 * 1024;

    // The most buffers kept of each power-of-two size. With pages of 256 KiB this is 1 GiB in flight, more than any sensible byte budget.
    private const int BuffersKeptPerSize = 4096;

    private readonly ArrayPool<byte> buffers = ArrayPool<byte>.Create(MaxPooledBytes, BuffersKeptPerSize);
    private long rents;
    private long returns;
    private long outstandingBytes;
    private long peakBytes;

    /// <summary>Number of buffers rented so far.</summary>
    public long Rents => Interlocked.Read(ref rents);

    /// <summary>Number of buffers returned so far.</summary>
    public long Returns => Interlocked.Read(ref returns);

    /// <summary>Number of buffers rented and not yet returned. Must be 0 after a run; otherwise a buffer has leaked.</summary>
    public long Outstanding
    {
        get
        {
            // Read Returns first: a buffer that is rented and returned between the two reads must not make the result negative.
            long returned = Returns;
            return Rents - returned;
        }
    }

    /// <summary>Capacity of the buffers that are rented and not yet returned, in bytes.</summary>
    public long OutstandingBytes => Interlocked.Read(ref outstandingBytes);

    /// <summary>The highest value of <see cref="OutstandingBytes"/> so far, in bytes.</summary>
    public long PeakBytes => Interlocked.Read(ref peakBytes);

    internal MemoryOwner<byte> Rent(int minimumBytes)
    {
        // The pool rounds up to a power of two, so request that size: then the whole array is usable.
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
