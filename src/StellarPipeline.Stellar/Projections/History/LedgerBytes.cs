using System.Buffers;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>The bytes of one ledger in pooled memory, with the room for its rows that was borrowed for them.</summary>
/// <remarks>One owner at a time: whoever holds it passes it on or disposes it, which gives memory and room back, once.</remarks>
internal sealed class LedgerBytes : IDisposable
{
    // Rows of the recorded ledgers take about half of the bytes of the ledger that they come from.
    private const int RowBytesPerByte = 1;

    // What is lent at once for the rows of one ledger, as a share of the budget: whoever gathers rows keeps part of it, and a ledger that
    // asked for all would wait for ever. The rest of such a ledger's rows is overdrawn.
    private const int LargestShare = 4;

    private readonly LedgerBuffer? given;
    private byte[]? buffer;
    private long borrowed;
    private int isDisposed;

    private LedgerBytes(int length, object? location, ByteBudget budget)
    {
        Length = length;
        Location = location;
        Budget = budget;
    }

    private LedgerBytes(LedgerBuffer given, ByteBudget budget, long borrowed)
        : this(given.Length, given, budget)
    {
        this.given = given;
        this.borrowed = borrowed;
    }

    /// <summary>Bytes of the ledger.</summary>
    public int Length { get; }

    /// <summary>Where the ledger came from, for messages.</summary>
    public object? Location { get; }

    /// <summary>Where the reader puts the encoded LedgerCloseMeta: exactly one.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back, or is that of a source.</exception>
    public Memory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(buffer is null, this);
            return buffer.AsMemory(0, Length);
        }
    }

    internal ReadOnlySpan<byte> Span => given is null ? Memory.Span : given.Span;

    internal ByteBudget Budget { get; }

    /// <summary>Borrows room for a ledger and its rows, then rents its memory. To be called in the order of the ledgers, by one
    /// reader.</summary>
    /// <param name="budget">Whose bytes are lent; the ledger's until it is projected, then those of its pages.</param>
    /// <param name="length">Bytes of the ledger.</param>
    /// <param name="location">Where it came from, for messages. Pages of equal locations are put together.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Memory to be filled.</returns>
    public static async ValueTask<LedgerBytes> RentAsync(ByteBudget budget, int length, object? location,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        long bytes = length + ((long)length * RowBytesPerByte);
        await budget.AcquireAsync(bytes, cancellationToken).ConfigureAwait(false);
        return new LedgerBytes(length, location, budget) { buffer = ArrayPool<byte>.Shared.Rent(length), borrowed = bytes };
    }

    /// <summary>Takes over the memory of a ledger that a source gave, whose budget it stays in, and borrows room for its rows. To be called
    /// in the order of the ledgers, by one reader.</summary>
    /// <param name="budget">Whose bytes are lent: those of the pages.</param>
    /// <param name="ledger">The ledger; given back with this, also where the wait is ended.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The ledger, ready to be projected.</returns>
    public static async ValueTask<LedgerBytes> TakeAsync(ByteBudget budget, LedgerBuffer ledger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentNullException.ThrowIfNull(ledger);
        long bytes = Math.Min((long)ledger.Length * RowBytesPerByte, budget.LimitBytes / LargestShare);
        try
        {
            await budget.AcquireAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            ledger.Dispose();
            throw;
        }

        return new LedgerBytes(ledger, budget, bytes);
    }

    /// <summary>Leaves room for rows lent and gives back the rest.</summary>
    /// <param name="rowBytes">What the rows take.</param>
    internal void HandOver(long rowBytes)
    {
        if (rowBytes > borrowed) Budget.Overdraw(rowBytes - borrowed);
        borrowed = Math.Max(0, borrowed - rowBytes);
    }

    /// <summary>Gives the memory and the room back. Only the first call does anything.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) != 0) return;
        if (Interlocked.Exchange(ref buffer, null) is { } rented) ArrayPool<byte>.Shared.Return(rented);
        given?.Dispose();
        Budget.Release(borrowed);
    }
}
