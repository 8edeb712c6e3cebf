using System.Buffers.Binary;
using CommunityToolkit.HighPerformance.Buffers;
using StellarPipeline.Postgres.Load.Writers;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Appends to encoded rows the boolean column that <see cref="RowWriterKind.UpsertAndDelete"/> expects: whether the row's key is
/// to be deleted. Code that writes rows does not need to know this column.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
internal sealed class RowMarker
{
    // Length of the field, then the boolean.
    private const int FieldBytes = sizeof(int) + 1;

    private readonly CopyTable plain;

    /// <summary>Makes a marker for the rows of a table.</summary>
    /// <param name="table">The table without the column.</param>
    /// <param name="column">Name of the column; the table must not have a column of this name.</param>
    /// <exception cref="ArgumentException">The table has a column of this name, or the name is not a valid identifier.</exception>
    public RowMarker(CopyTable table, string column)
    {
        ArgumentNullException.ThrowIfNull(table);
        plain = table;
        Table = new CopyTable(table.Schema, table.Name, [.. table.Columns, column]);
    }

    /// <summary>The table with the column; pass this one to the load.</summary>
    public CopyTable Table { get; }

    /// <summary>Copies the rows of a page, appends the column to each, and disposes the page.</summary>
    /// <param name="page">Rows without the column.</param>
    /// <param name="isGone">True if the keys of these rows are to be deleted.</param>
    /// <param name="pool">The pool from which the new page is rented.</param>
    /// <returns>The new page, which the caller owns.</returns>
    /// <exception cref="ArgumentException">The page belongs to another table; it is not disposed.</exception>
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
