using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using CommunityToolkit.HighPerformance.Buffers;
using Npgsql;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Rows;

/// <summary>
/// Reads rows of a table, or of a query, from PostgreSQL into pages of the same layout as those of <see cref="RowPageWriter"/>.
/// </summary>
/// <remarks>
/// <para>
/// Input: the stream of <c>COPY (…) TO STDOUT (FORMAT binary)</c>. Output: pages of whole rows, without header and trailer, in the order in
/// which the server sends them. A row is never split: a page is as large as asked for, and larger only where one row needs it, up to
/// <see cref="RowPageWriter.MaxPageBytes"/>.
/// </para>
/// <para>Memory: the page that is being filled, and what the caller has not given back. Nothing is allocated per row.</para>
/// <para>
/// Failure: a stream that ends early, or holds anything but whole rows of the table's columns, is an error that names the byte. No page is
/// given out after it. Disposing before the end has the server cancel the COPY; a transaction around it can then only be rolled back.
/// </para>
/// <para>Not thread-safe. While the COPY runs, the connection takes no other statement.</para>
/// </remarks>
public sealed class RowPageReader : IAsyncDisposable
{
    private const int FlagsOffset = 11;
    private const int ExtensionOffset = 15;

    // Of the flags, those from 16 on change the format; one of them (OIDs before each row) was known until PostgreSQL 11.
    private const int CriticalFlags = unchecked((int)0xFFFF_0000);

    private readonly Stream stream;
    private readonly PagePool pool;
    private readonly string source;
    private readonly int pageBytes;
    private readonly FieldKind[] kinds;
    private MemoryOwner<byte>? owner;
    private long streamStart;
    private int filled;
    private int position;
    private int pageEnd;
    private int rowsInPage;
    private int fieldsLeft;
    private bool isStarted;
    private bool isAtEnd;
    private bool isDisposed;
    private Exception? failure;

    /// <summary>Reads from any stream.</summary>
    /// <param name="stream">What COPY TO sends, from its header to its end; becomes the reader's.</param>
    /// <param name="table">The columns of each row.</param>
    /// <param name="pool">Lends the memory.</param>
    /// <param name="pageBytes">What a page starts with, in bytes.</param>
    /// <param name="source">Where the stream comes from, for messages: "host:port/database".</param>
    internal RowPageReader(Stream stream, CopyTable table, PagePool pool, int pageBytes, string source)
    {
        this.stream = stream;
        this.pool = pool;
        this.pageBytes = pageBytes;
        this.source = source;
        Table = table;
        kinds = new FieldKind[table.Columns.Count];
    }

    /// <summary>The table whose rows are read.</summary>
    public CopyTable Table { get; }

    /// <summary>Rows in the pages that were given out.</summary>
    public long Rows { get; private set; }

    /// <summary>Encoded bytes in the pages that were given out.</summary>
    public long Bytes { get; private set; }

    /// <summary>Starts to read the rows of a table, or of a query with the columns of a table.</summary>
    /// <param name="connection">An open connection, in a transaction or not; stays the caller's. Its Command Timeout limits how long the
    /// server may send nothing; connections of <see cref="ConnectionSettings"/> have none.</param>
    /// <param name="table">The table, with its schema; the columns that are read, in this order.</param>
    /// <param name="pool">Lends the memory of the pages.</param>
    /// <param name="query">
    /// A SELECT that gives these columns, for an order or a part of the rows; null for all rows of the table, those of its partitions and
    /// of tables that inherit from it included, in no order. It is sent as it is.
    /// </param>
    /// <param name="pageBytes">What a page starts with, in bytes; <see cref="RowPageWriter.MinPageBytes"/> to
    /// <see cref="RowPageWriter.MaxPageBytes"/>.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The reader.</returns>
    /// <exception cref="DatabaseException">The server refused the COPY, or the connection failed.</exception>
    public static async Task<RowPageReader> OpenAsync(
        NpgsqlConnection connection, CopyTable table, PagePool pool, string? query = null, int pageBytes = RowPageWriter.DefaultPageBytes,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfLessThan(pageBytes, RowPageWriter.MinPageBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageBytes, RowPageWriter.MaxPageBytes);
        string server = ServerName.Of(connection);
        try
        {
            string command = $"COPY ({query ?? $"SELECT {table.ColumnList} FROM {table.QualifiedName}"}) TO STDOUT (FORMAT binary)";
            NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync(command, cancellationToken).ConfigureAwait(false);
            return new RowPageReader(copy, table, pool, pageBytes, server);
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed($"The reading of table {table}", server, error);
            throw;
        }
    }

    /// <summary>Reads on until a page is full or the rows are at their end.</summary>
    /// <param name="cancellationToken">Ends the reading; only disposing is possible after that.</param>
    /// <returns>The page, which the caller must give back; null after the last row.</returns>
    /// <exception cref="DatabaseException">The server or the connection failed, or what it sent is cut off or malformed; the message names
    /// the byte.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<RowPage?> ReadAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (failure is not null)
            DatabaseThrow.ReadAfterFailure(Table, failure);
        try
        {
            if (!isStarted)
                await ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
            while (!isAtEnd)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (owner is null || filled == owner.Length)
                {
                    if (MakeRoom() is { } full)
                        return full;
                }

                int read = await stream.ReadAsync(owner!.Memory[filled..], cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    DatabaseThrow.RowsCut(source, Table, streamStart + filled, Rows + rowsInPage);
                filled += read;
                isAtEnd = Parse(owner.Span[..filled]);
            }

            return await EndAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error;
            GiveBack();
            if (error is NpgsqlException or IOException or TimeoutException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                DatabaseThrow.Failed($"The reading of table {Table}", source, error);
            }

            throw;
        }
    }

    /// <summary>Ends the COPY, by cancelling it where rows are left, and gives memory back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        GiveBack();
        try
        {
            // Disposing alone would read all rows that are left. A stream that the server has ended refuses to be cancelled, so no later
            // statement is.
            if (stream is NpgsqlRawCopyStream copy && !isAtEnd)
                await copy.CancelAsync().ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error)
            when (error is NpgsqlException or IOException or OperationCanceledException or InvalidOperationException or TimeoutException)
        {
            // The answer to the cancellation, or a connection that is gone: the rows are no longer wanted.
        }
    }

    private async Task ReadHeaderAsync(CancellationToken cancellationToken)
    {
        byte[] header = new byte[CopyFormat.HeaderBytes];
        await FillAsync(header).ConfigureAwait(false);
        if (!header.AsSpan(0, FlagsOffset).SequenceEqual(CopyFormat.Header.Span[..FlagsOffset]))
            DatabaseThrow.RowsMalformed(source, Table, 0, 0, "it does not begin with the signature of binary COPY");
        int flags = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(FlagsOffset));
        if ((flags & CriticalFlags) != 0)
        {
            DatabaseThrow.RowsMalformed(
                source, Table, FlagsOffset, 0, FormattableString.Invariant($"its flags are 0x{flags:X8}, which are unknown"));
        }

        int extension = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(ExtensionOffset));
        if (extension is < 0 or > RowPageWriter.MaxPageBytes)
        {
            DatabaseThrow.RowsMalformed(source, Table, ExtensionOffset, 0,
                FormattableString.Invariant($"the extension of its header is {extension:N0} bytes long"));
        }

        for (int skipped = 0; skipped < extension;)
        {
            int part = Math.Min(header.Length, extension - skipped);
            await FillAsync(header.AsMemory(0, part)).ConfigureAwait(false);
            skipped += part;
        }

        isStarted = true;

        async Task FillAsync(Memory<byte> target)
        {
            while (target.Length > 0)
            {
                int read = await stream.ReadAsync(target, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    DatabaseThrow.RowsCut(source, Table, streamStart, 0);
                streamStart += read;
                target = target[read..];
            }
        }
    }

    /// <summary>Looks over what has come, row by row, as far as it is whole.</summary>
    /// <returns>True when the trailer was found.</returns>
    private bool Parse(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            if (fieldsLeft == 0)
            {
                pageEnd = position;
                if (bytes.Length - position < sizeof(short))
                    return false;
                int count = BinaryPrimitives.ReadInt16BigEndian(bytes[position..]);
                if (count != kinds.Length)
                    return IsTrailer(count);
                position += sizeof(short);
                fieldsLeft = count;
            }

            if (bytes.Length - position < sizeof(int))
                return false;
            int length = BinaryPrimitives.ReadInt32BigEndian(bytes[position..]);
            if (length is < CopyFormat.NullLength or > RowPageWriter.MaxPageBytes)
            {
                DatabaseThrow.RowsMalformed(
                    source, Table, streamStart + position, Rows + rowsInPage, FormattableString.Invariant($"a field of {length:N0} bytes"));
            }

            length = Math.Max(0, length);
            if (bytes.Length - position - sizeof(int) < length)
                return false;
            position += sizeof(int) + length;
            if (--fieldsLeft == 0)
                rowsInPage++;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsTrailer(int count)
    {
        if (count != -1)
        {
            DatabaseThrow.RowsMalformed(
                source, Table, streamStart + position, Rows + rowsInPage, FormattableString.Invariant($"a row of {count} fields"));
        }

        if (filled != position + CopyFormat.TrailerBytes)
        {
            DatabaseThrow.RowsMalformed(
                source, Table, streamStart + position + CopyFormat.TrailerBytes, Rows + rowsInPage, "bytes after the trailer");
        }

        return true;
    }

    /// <summary>
    /// Gives memory to fill: the first one, or another one when this is full of rows, or a larger one when it holds no whole row.
    /// </summary>
    /// <returns>The page of whole rows that was full, if it was.</returns>
    private RowPage? MakeRoom()
    {
        if (owner is null)
        {
            owner = pool.Rent(pageBytes);
            return null;
        }

        int rest = filled - pageEnd;
        if (rowsInPage == 0 && owner.Length >= RowPageWriter.MaxPageBytes)
        {
            DatabaseThrow.RowsMalformed(source, Table, streamStart + pageEnd, Rows,
                FormattableString.Invariant($"a row of more than {RowPageWriter.MaxPageBytes:N0} bytes"));
        }

        // A row that has begun goes along, and has room to grow.
        long wanted = rowsInPage == 0 ? 2L * owner.Length : Math.Max(pageBytes, 2L * rest);
        MemoryOwner<byte> next = pool.Rent((int)Math.Min(RowPageWriter.MaxPageBytes, wanted));
        owner.Span[pageEnd..filled].CopyTo(next.Span);
        RowPage? full = null;
        if (rowsInPage == 0)
            pool.Return(owner);
        else
            full = Page();
        streamStart += pageEnd;
        owner = next;
        filled = rest;
        position -= pageEnd;
        pageEnd = 0;
        rowsInPage = 0;
        return full;
    }

    /// <summary>The last page, when nothing comes after the trailer.</summary>
    private async Task<RowPage?> EndAsync(CancellationToken cancellationToken)
    {
        if (owner is null)
            return null;

        // The server says whether it sent all rows only after the last of them.
        int more = await stream.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false);
        if (more != 0)
            DatabaseThrow.RowsMalformed(source, Table, streamStart + filled, Rows + rowsInPage, "bytes after the trailer");
        RowPage? last = null;
        if (rowsInPage == 0)
            pool.Return(owner);
        else
            last = Page();
        owner = null;
        return last;
    }

    private RowPage Page()
    {
        Rows += rowsInPage;
        Bytes += pageEnd;
        return new RowPage(Table, pool, owner!, pageEnd, rowsInPage, null, kinds);
    }

    private void GiveBack()
    {
        if (owner is { } rented)
            pool.Return(rented);
        owner = null;
    }
}
