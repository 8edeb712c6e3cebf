using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using CommunityToolkit.HighPerformance.Buffers;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Encodes rows of one table as binary COPY tuples, straight into a pooled page.</summary>
/// <remarks>
/// Use one writer per table and worker, for any number of pages; it is not thread-safe. Nothing is allocated per row. Write the fields of a
/// row in the order of <see cref="CopyTable.Columns"/>, between <see cref="BeginRow"/> and <see cref="EndRow"/>. For a row of known length,
/// the caller may encode the bytes itself between <see cref="BeginFixedRow"/> and <see cref="EndFixedRow"/>. <see cref="Take"/> returns the
/// page. A column must always be written as the same type; each page records these types, and the load compares them with the table's
/// columns before it sends anything. Format: PostgreSQL manual, COPY, "Binary Format": an int16 field count, then per field an int32 length
/// (-1 for NULL) and the type's binary form.
/// </remarks>
public sealed class RowPageWriter : IDisposable
{
    /// <summary>The smallest page that is rented, in bytes.</summary>
    public const int MinPageBytes = 64;

    /// <summary>
    /// The default for the initial size of a page, in bytes (256 KiB). One size for all tables keeps the pool small: a buffer that one
    /// table returns is reused for another.
    /// </summary>
    public const int DefaultPageBytes = 256 * 1024;

    /// <summary>The largest page, in bytes (512 MiB). PostgreSQL accepts no message above 1 GiB.</summary>
    public const int MaxPageBytes = 512 * 1024 * 1024;

    private readonly PagePool pool;
    private readonly short columnCount;
    private readonly int pageBytes;

    // The type as which each column was written. Pages share the array; it is copied before a change.
    private FieldKind[] kinds;
    private bool kindsAreShared;
    private int nextPageBytes;
    private MemoryOwner<byte>? owner;
    private byte[] buffer = [];
    private int capacity;
    private int position;
    private int rowStart;
    private int rowCount;
    private int fieldsLeft;
    private bool rowOpen;

    /// <summary>Makes a writer that rents its pages from <paramref name="pool"/>.</summary>
    /// <param name="table">The table whose rows are written.</param>
    /// <param name="pool">The run's pool.</param>
    /// <param name="pageBytes">Initial size of a page, in bytes; <see cref="MinPageBytes"/> to <see cref="MaxPageBytes"/>. A page grows as
    /// needed, and the next page then starts at that size.</param>
    /// <exception cref="ArgumentOutOfRangeException">The page size is outside its limits.</exception>
    public RowPageWriter(CopyTable table, PagePool pool, int pageBytes = DefaultPageBytes)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfLessThan(pageBytes, MinPageBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageBytes, MaxPageBytes);
        Table = table;
        this.pool = pool;
        columnCount = (short)table.Columns.Count;
        kinds = new FieldKind[columnCount];
        this.pageBytes = pageBytes;
        nextPageBytes = pageBytes;
    }

    /// <summary>The table whose rows are written.</summary>
    public CopyTable Table { get; }

    /// <summary>Finished rows in the current page.</summary>
    public int RowCount => rowCount;

    /// <summary>Bytes of the finished rows in the current page.</summary>
    public int ByteCount => rowOpen ? rowStart : position;

    /// <summary>Starts a row and writes its field count. The caller must then write one field per column.</summary>
    /// <exception cref="InvalidOperationException">The previous row was not ended.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginRow()
    {
        if (rowOpen)
            DatabaseThrow.RowStillOpen(Table);
        rowStart = position;
        BinaryPrimitives.WriteInt16BigEndian(Reserve(sizeof(short)), columnCount);
        fieldsLeft = columnCount;
        rowOpen = true;
    }

    /// <summary>Ends the row.</summary>
    /// <exception cref="InvalidOperationException">No row is open, or fields are missing.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndRow()
    {
        if (!rowOpen || fieldsLeft != 0)
            DatabaseThrow.RowIncomplete(Table, rowOpen, fieldsLeft);
        rowOpen = false;
        rowCount++;
    }

    /// <summary>Discards the open row, as if it had never been started. Does nothing if no row is open.</summary>
    public void DiscardRow()
    {
        if (!rowOpen)
            return;
        position = rowStart;
        fieldsLeft = 0;
        rowOpen = false;
    }

    /// <summary>Writes NULL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteNull()
    {
        CountField();
        BinaryPrimitives.WriteInt32BigEndian(Reserve(sizeof(int)), CopyFormat.NullLength);
    }

    /// <summary>Writes a <c>boolean</c>.</summary>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteBoolean(bool value) => Field(1, FieldKind.Boolean)[0] = value ? (byte)1 : (byte)0;

    /// <summary>Writes a <c>smallint</c>.</summary>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Field(sizeof(short), FieldKind.Int16), value);

    /// <summary>Writes an <c>integer</c>.</summary>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Field(sizeof(int), FieldKind.Int32), value);

    /// <summary>Writes a <c>bigint</c>.</summary>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Field(sizeof(long), FieldKind.Int64), value);

    /// <summary>Writes a <c>real</c>.</summary>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteSingle(float value) => BinaryPrimitives.WriteSingleBigEndian(Field(sizeof(float), FieldKind.Single), value);

    /// <summary>Writes a <c>double precision</c>.</summary>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteDouble(double value) => BinaryPrimitives.WriteDoubleBigEndian(Field(sizeof(double), FieldKind.Double), value);

    /// <summary>Writes a <c>timestamp</c> or <c>timestamptz</c>.</summary>
    /// <param name="microsecondsSince2000">Microseconds since 2000-01-01 00:00:00 (UTC for <c>timestamptz</c>).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteTimestamp(long microsecondsSince2000) =>
        BinaryPrimitives.WriteInt64BigEndian(Field(sizeof(long), FieldKind.Timestamp), microsecondsSince2000);

    /// <summary>Writes a <c>bytea</c>.</summary>
    /// <param name="value">The content; may be empty.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Field(value.Length, FieldKind.Bytes));

    /// <summary>Writes a <c>bytea</c> that begins with one byte in front of the content, such as a type tag before a 32-byte key.</summary>
    /// <param name="prefix">The first byte.</param>
    /// <param name="value">The content after it; may be empty.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteBytes(byte prefix, ReadOnlySpan<byte> value) => WritePrefixed(prefix, value, FieldKind.Bytes);

    /// <summary>
    /// Writes a field of any other type, such as <c>date</c> or <c>inet</c>, in the binary form that the type's receive function reads.
    /// </summary>
    /// <param name="value">The bytes. They are not compared with the column's type: the server accepts whatever it can read.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteRaw(ReadOnlySpan<byte> value)
    {
        CountField();
        Span<byte> field = Reserve(sizeof(int) + value.Length);
        BinaryPrimitives.WriteInt32BigEndian(field, value.Length);
        value.CopyTo(field[sizeof(int)..]);
    }

    /// <summary>Writes a <c>uuid</c>.</summary>
    /// <param name="bigEndian">The 16 bytes in the order in which the text form shows them (RFC 9562).</param>
    /// <exception cref="ArgumentException">Not 16 bytes.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteUuid(ReadOnlySpan<byte> bigEndian)
    {
        if (bigEndian.Length != 16)
            DatabaseThrow.UuidLength(bigEndian.Length);
        bigEndian.CopyTo(Field(16, FieldKind.Uuid));
    }

    /// <summary>Writes a <c>text</c>, <c>varchar</c>, <c>json</c> or enum label.</summary>
    /// <param name="utf8">UTF-8 without NUL bytes; the server checks both. For a database whose encoding is not UTF-8 the session's
    /// client_encoding must be UTF8.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteText(ReadOnlySpan<byte> utf8) => utf8.CopyTo(Field(utf8.Length, FieldKind.Text));

    /// <summary>Writes a <c>jsonb</c> from its text form.</summary>
    /// <param name="utf8">JSON text in UTF-8; the server parses it.</param>
    /// <remarks>Format: jsonb_recv, version 1: one byte 1, then the text.</remarks>
    public void WriteJsonb(ReadOnlySpan<byte> utf8) => WritePrefixed(1, utf8, FieldKind.Jsonb);

    /// <summary>Writes a <c>numeric</c>: <paramref name="unscaled"/> / 10^<paramref name="scale"/>, exactly.</summary>
    /// <param name="unscaled">The number without its decimal point; every value is allowed.</param>
    /// <param name="scale">Decimal digits after the point, 0 to <see cref="NumericFormat.MaxScale"/>; kept as the display scale.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is outside its limits.</exception>
    public void WriteNumeric(Int128 unscaled, int scale)
    {
        if ((uint)scale > NumericFormat.MaxScale)
            DatabaseThrow.NumericScale(scale);
        CountField(FieldKind.Numeric);
        // Reserve for the longest form, then give back what was not used.
        Span<byte> field = Reserve(sizeof(int) + NumericFormat.MaxBytes);
        int written = NumericFormat.Write(field[sizeof(int)..], unscaled, scale);
        BinaryPrimitives.WriteInt32BigEndian(field, written);
        position -= NumericFormat.MaxBytes - written;
    }

    /// <summary>
    /// Starts a row whose encoded length is known. The caller fills it in place: field count, then length and content of each field.
    /// </summary>
    /// <param name="bytes">Length of the whole row with its field count, at least 2.</param>
    /// <returns>Memory of exactly that length with undefined content, valid until the next call on this writer.</returns>
    /// <exception cref="InvalidOperationException">The previous row was not ended.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> BeginFixedRow(int bytes)
    {
        if (rowOpen)
            DatabaseThrow.RowStillOpen(Table);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, sizeof(short));
        rowStart = position;
        Span<byte> row = Reserve(bytes);
        fieldsLeft = 0;
        rowOpen = true;
        return row;
    }

    /// <summary>Ends a row started by <see cref="BeginFixedRow"/>.</summary>
    /// <exception cref="InvalidOperationException">No row is open, or its field count is not the table's number of columns.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndFixedRow()
    {
        if (!rowOpen || BinaryPrimitives.ReadInt16BigEndian(buffer.AsSpan(rowStart)) != columnCount)
            DatabaseThrow.FixedRowFieldCount(Table, rowOpen);
        EndRow();
    }

    /// <summary>Returns the rows written since the last call; the caller owns the page and must dispose it.</summary>
    /// <param name="location">Where the rows came from, for messages; its text is made only when an error needs it.</param>
    /// <returns>The page, or null if no row was written.</returns>
    /// <exception cref="InvalidOperationException">A row is still open.</exception>
    public RowPage? Take(object? location = null)
    {
        if (rowOpen)
            DatabaseThrow.RowStillOpen(Table);
        if (rowCount == 0)
            return null;

        // The next page will probably be as large as this one. The pool rounds up to a power of two, which leaves enough spare room.
        nextPageBytes = Math.Max(pageBytes, position);
        var page = new RowPage(Table, pool, owner!, position, rowCount, location, kinds);
        kindsAreShared = true;
        Forget();
        return page;
    }

    /// <summary>Discards the rows that were not taken and returns their memory. The writer can be used again afterwards.</summary>
    public void Dispose()
    {
        if (owner is { } rented)
            pool.Return(rented);
        Forget();
    }

    private void Forget()
    {
        owner = null;
        buffer = [];
        capacity = 0;
        position = 0;
        rowStart = 0;
        rowCount = 0;
        fieldsLeft = 0;
        rowOpen = false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountField()
    {
        if (--fieldsLeft < 0)
            TooManyFields();
    }

    /// <summary>Counts one field and records its type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountField(FieldKind kind)
    {
        CountField();
        int column = columnCount - fieldsLeft - 1;
        if (kinds[column] != kind)
            NoteKind(column, kind);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void NoteKind(int column, FieldKind kind)
    {
        // A column has one type. If the caller writes it as a second one, the server would store a wrong value, or reject the COPY without
        // naming the row.
        if (kinds[column] != FieldKind.Unknown)
            DatabaseThrow.MixedKinds(Table, column, kinds[column], kind);
        if (kindsAreShared)
            kinds = [.. kinds];
        kindsAreShared = false;
        kinds[column] = kind;
    }

    private void WritePrefixed(byte prefix, ReadOnlySpan<byte> value, FieldKind kind)
    {
        Span<byte> field = Field(1 + value.Length, kind);
        field[0] = prefix;
        value.CopyTo(field[1..]);
    }

    /// <summary>Counts one field, writes its length, and returns the span for its content.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Field(int bytes, FieldKind kind)
    {
        CountField(kind);
        Span<byte> field = Reserve(sizeof(int) + bytes);
        BinaryPrimitives.WriteInt32BigEndian(field, bytes);
        return field[sizeof(int)..];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Reserve(int bytes)
    {
        int start = position;
        if (bytes > capacity - start)
            Grow(bytes);
        position = start + bytes;
        return buffer.AsSpan(start, bytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int bytes)
    {
        long needed = (long)position + bytes;
        if (needed > MaxPageBytes)
            DatabaseThrow.PageTooLarge(Table, needed, rowCount);
        MemoryOwner<byte> larger = pool.Rent((int)Math.Min(MaxPageBytes, Math.Max(needed, owner is null ? nextPageBytes : 2L * capacity)));
        if (owner is { } smaller)
        {
            buffer.AsSpan(0, position).CopyTo(larger.Span);
            pool.Return(smaller);
        }

        ArraySegment<byte> segment = larger.DangerousGetArray();
        owner = larger;
        buffer = segment.Array!;
        capacity = larger.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TooManyFields()
    {
        fieldsLeft = 0;
        DatabaseThrow.TooManyFields(Table, rowOpen);
    }
}
