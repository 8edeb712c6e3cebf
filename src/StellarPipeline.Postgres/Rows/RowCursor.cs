using System.Buffers.Binary;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Reads the rows of a page: each row as bytes, each field as bytes or NULL. Allocates nothing.</summary>
/// <remarks>
/// Rows can be compared by the bytes of their columns if the types have only one binary form: integers, boolean, bytea, text, uuid,
/// timestamps, and also numeric and jsonb as the server sends them. Rows of a writer compare equal to the server's only if they use its
/// form: numeric with the stored scale, jsonb in the server's spelling.
/// Every length is checked against the page, whoever made it.
/// </remarks>
/// <param name="page">The page; do not dispose it while the cursor is in use.</param>
public ref struct RowCursor(RowPage page)
{
    private readonly RowPage page = page;
    private readonly ReadOnlySpan<byte> bytes = page.Memory.Span;
    private readonly int columns = page.Table.Columns.Count;
    private int start;
    private int end;
    private int row;

    /// <summary>The encoded row, with its field count; empty before the first row.</summary>
    public readonly ReadOnlySpan<byte> Row => bytes[start..end];

    /// <summary>Number of the row within the page, from 1; 0 before the first row.</summary>
    public readonly int RowNumber => row;

    /// <summary>Moves to the next row.</summary>
    /// <param name="fields">Receives the positions of the row's fields, one per column of the table. Further elements are not
    /// changed.</param>
    /// <returns>False if there is no further row.</returns>
    /// <exception cref="ArgumentException"><paramref name="fields"/> has fewer elements than the table has columns.</exception>
    /// <exception cref="InvalidDataException">The page does not hold whole rows of its table; the message names table, row and
    /// offset.</exception>
    public bool MoveNext(scoped Span<RowField> fields)
    {
        if (fields.Length < columns)
            DatabaseThrow.FieldPlaces(page.Table, fields.Length);
        if (end == bytes.Length)
        {
            if (row != page.RowCount)
                DatabaseThrow.PageMalformed(page, row, end, $"holds {row} rows instead of {page.RowCount}");
            return false;
        }

        row++;
        int position = end;
        if (bytes.Length - position < sizeof(short))
            DatabaseThrow.PageMalformed(page, row, position, "ends within a field count");
        int count = BinaryPrimitives.ReadInt16BigEndian(bytes[position..]);
        if (count != columns)
            DatabaseThrow.PageMalformed(page, row, position, $"has a row of {count} fields");
        position += sizeof(short);
        for (int column = 0; column < columns; column++)
        {
            if (bytes.Length - position < sizeof(int))
                DatabaseThrow.PageMalformed(page, row, position, "ends within the length of a field");
            int length = BinaryPrimitives.ReadInt32BigEndian(bytes[position..]);
            if (length < CopyFormat.NullLength || length > bytes.Length - position - sizeof(int))
                DatabaseThrow.PageMalformed(page, row, position, $"has a field of {length} bytes");
            position += sizeof(int);
            fields[column] = new RowField(position, length);
            position += Math.Max(0, length);
        }

        start = end;
        end = position;
        return true;
    }

    /// <summary>The content of a field.</summary>
    /// <param name="field">A field position from <see cref="MoveNext"/> for the same page.</param>
    /// <returns>The bytes; empty for NULL.</returns>
    public readonly ReadOnlySpan<byte> Bytes(RowField field) => field.IsNull ? [] : bytes.Slice(field.Offset, field.Length);
}
