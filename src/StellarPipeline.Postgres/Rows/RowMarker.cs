using System.Buffers.Binary;
using CommunityToolkit.HighPerformance.Buffers;
using StellarPipeline.Postgres.Load.Writers;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Adds to rows the column that says whether their key is gone, as <see cref="RowWriterKind.UpsertAndDelete"/> takes it: so those
/// who make rows of what is there need not know of it.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
internal sealed class RowMarker
{
    // Length of the field, then the boolean.
    private const int FieldBytes = sizeof(int) + 1;

    private readonly CopyTable plain;

    /// <summary>Makes a marker for the rows of a table.</summary>
    /// <param name="table">The table whose rows have no such column.</param>
    /// <param name="column">A name for the column, which the table does not have.</param>
    /// <exception cref="ArgumentException">The table has a column of that name, or the name is none.</exception>
    public RowMarker(CopyTable table, string column)
    {
        ArgumentNullException.ThrowIfNull(table);
        plain = table;
        Table = new CopyTable(table.Schema, table.Name, [.. table.Columns, column]);
    }

    /// <summary>The table with the column: what a load is asked for.</summary>
    public CopyTable Table { get; }

    /// <summary>Copies the rows of a page, each with the column behind its own, and gives the page back.</summary>
    /// <param name="page">Rows without the column.</param>
    /// <param name="isGone">True for rows whose key is to be removed.</param>
    /// <param name="pool">Where the new page is rented.</param>
    /// <returns>The new page, which the caller owns.</returns>
    /// <exception cref="ArgumentException">The page is one of another table; it is not given back.</exception>
    public RowPage Mark(RowPage page, bool isGone, PagePool pool)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(pool);
        if (!page.Table.Equals(plain)) throw DatabaseThrow.MarkedElsewhere(plain, page.Table);
        int bytes = page.ByteCount + (page.RowCount * FieldBytes);
        MemoryOwner<byte> owner = pool.Rent(bytes);
        Copy(page.Memory.Span, owner.Span, (short)plain.Columns.Count, isGone);
        var marked = new RowPage(Table, pool, owner, bytes, page.RowCount, page.Location, [.. page.Kinds, FieldKind.Boolean]);
        page.Dispose();
        return marked;
    }

    private static void Copy(ReadOnlySpan<byte> rows, Span<byte> marked, short columns, bool isGone)
    {
        while (rows.Length > 0)
        {
            int end = sizeof(short);
            for (int column = 0; column < columns; column++)
                end += sizeof(int) + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(rows[end..]));
            rows[..end].CopyTo(marked);
            BinaryPrimitives.WriteInt16BigEndian(marked, (short)(columns + 1));
            BinaryPrimitives.WriteInt32BigEndian(marked[end..], 1);
            marked[end + sizeof(int)] = isGone ? (byte)1 : (byte)0;
            rows = rows[end..];
            marked = marked[(end + FieldBytes)..];
        }
    }
}
