using System.Buffers;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>The bytes of one ledger in pooled memory, and the budget that was borrowed for its rows.</summary>
/// <remarks>One owner at a time: the owner passes it on or disposes it, which returns memory and budget, once.</remarks>
internal sealed class LedgerBytes : IDisposable
{
    // The rows of the recorded ledgers take about half as many bytes as their ledger.
    private const int RowBytesPerByte = 1;

    // Most bytes that are borrowed at once for the rows of one ledger, as a share of the budget. Stages that gather rows keep part of the
    // budget, so a ledger that asked for all of it would wait for ever. Further rows of such a ledger overdraw the budget.
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

    /// <summary>Where the reader puts the encoded LedgerCloseMeta, exactly one.</summary>
    /// <exception cref="ObjectDisposedException">The memory was returned, or belongs to a source.</exception>
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

    /// <summary>
    /// Borrows budget for a ledger and its rows, then rents its memory. Must be called by one reader, in the order of the ledgers.
    /// </summary>
    /// <param name="budget">The budget; it lends the bytes of the ledger until it is projected, then those of its pages.</param>
    /// <param name="length">Bytes of the ledger.</param>
    /// <param name="location">Where the ledger came from, for messages. Pages with equal locations are joined.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Memory to fill.</returns>
    public static async ValueTask<LedgerBytes> RentAsync(ByteBudget budget, int length, object? location,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        long bytes = length + ((long)length * RowBytesPerByte);
        await budget.AcquireAsync(bytes, cancellationToken).ConfigureAwait(false);
        return new LedgerBytes(length, location, budget) { buffer = ArrayPool<byte>.Shared.Rent(length), borrowed = bytes };
    }

    /// <summary>
    /// Takes over the memory of a ledger from a source, which stays in the budget of the source, and borrows budget for its rows. Must be
    /// called by one reader, in the order of the ledgers.
    /// </summary>
    /// <param name="budget">The budget that lends the bytes of the pages.</param>
    /// <param name="ledger">The ledger. It is disposed of with the result, or if the wait is cancelled.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
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

    /// <summary>Keeps the budget for the rows and returns the rest.</summary>
    /// <param name="rowBytes">Bytes of the rows.</param>
    internal void HandOver(long rowBytes)
    {
        if (rowBytes > borrowed) Budget.Overdraw(rowBytes - borrowed);
        borrowed = Math.Max(0, borrowed - rowBytes);
    }

    /// <summary>Returns memory and budget. Further calls do nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) != 0) return;
        if (Interlocked.Exchange(ref buffer, null) is { } rented) ArrayPool<byte>.Shared.Return(rented);
        given?.Dispose();
        Budget.Release(borrowed);
    }
}
