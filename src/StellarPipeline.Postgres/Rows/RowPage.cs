using CommunityToolkit.HighPerformance.Buffers;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Pooled memory that holds whole rows of one table, encoded for binary COPY, without header and trailer.</summary>
/// <remarks>
/// A page has one owner at a time, who either passes it on or disposes it. The first call of <see cref="Dispose"/> returns the memory to
/// the pool; later calls do nothing.
/// </remarks>
public sealed class RowPage : IDisposable
{
    private readonly PagePool pool;
    private MemoryOwner<byte>? owner;

    internal RowPage(
        CopyTable table, PagePool pool, MemoryOwner<byte> owner, int byteCount, int rowCount, object? location, FieldKind[] kinds)
    {
        Table = table;
        this.pool = pool;
        this.owner = owner;
        ByteCount = byteCount;
        RowCount = rowCount;
        CapacityBytes = owner.Length;
        Location = location;
        Kinds = kinds;
    }

    /// <summary>The table that the rows belong to.</summary>
    public CopyTable Table { get; }

    /// <summary>Rows in the page, at least 1.</summary>
    public int RowCount { get; private set; }

    /// <summary>Encoded length of the rows, in bytes.</summary>
    public int ByteCount { get; private set; }

    /// <summary>Size of the page's buffer, in bytes; at least <see cref="ByteCount"/>.</summary>
    public int CapacityBytes { get; }

    /// <summary>
    /// Where the rows came from, for messages; its text is made only when an error needs it. Null if the producer gave none.
    /// </summary>
    public object? Location { get; private set; }

    /// <summary>The type as which each column was written. The pages of a writer share the array: do not change it.</summary>
    internal FieldKind[] Kinds { get; }

    /// <summary>The encoded rows.</summary>
    /// <exception cref="ObjectDisposedException">The page was disposed.</exception>
    public ReadOnlyMemory<byte> Memory
    {
        get
        {
            MemoryOwner<byte>? current = owner;
            ObjectDisposedException.ThrowIf(current is null, this);
            return current.Memory[..ByteCount];
        }
    }

    /// <summary>
    /// Appends the rows of another page to this one and disposes the other page. This needs enough room, equal <see cref="Kinds"/>, and
    /// locations that are equal or can be joined (<see cref="IRowPlace"/>).
    /// </summary>
    /// <param name="other">A page of the same table, with later rows.</param>
    /// <returns>False if nothing was done.</returns>
    internal bool TryTakeOver(RowPage other)
    {
        if (other.ByteCount > CapacityBytes - ByteCount || !FieldKinds.Same(Kinds, other.Kinds))
            return false;
        if (!Equals(Location, other.Location))
        {
            if (Location is not IRowPlace first || other.Location is not IRowPlace last)
                return false;
            Location = first.JoinedWith(last);
        }

        other.Memory.Span.CopyTo(owner!.Span[ByteCount..]);
        ByteCount += other.ByteCount;
        RowCount += other.RowCount;
        other.Dispose();
        return true;
    }

    /// <summary>Returns the memory to the pool. Safe to call more than once and from any thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref owner, null) is { } current)
            pool.Return(current);
    }
}
