using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using CommunityToolkit.HighPerformance.Buffers;
using Npgsql;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Rows;

/// <summary>
/// Reads rows of a table, or of a query, from PostgreSQL into pages with the same layout as those of <see cref="RowPageWriter"/>.
/// </summary>
/// <remarks>
/// <para>
/// Input: the stream of <c>COPY (…) TO STDOUT (FORMAT binary)</c>. Output: pages of whole rows, without header and trailer, in the order in
/// which the server sends them. A row is never split: a page has the requested size, and is larger only if a single row needs more, up to
/// <see cref="RowPageWriter.MaxPageBytes"/>.
/// </para>
/// <para>Memory: the page that is being filled, and the pages that the caller has not disposed. Nothing is allocated per row.</para>
/// <para>
/// Errors: if the stream ends early, or contains anything but whole rows with the table's columns, reading fails with an error that names
/// the byte offset, and returns no further page. If the reader is disposed before the last row, the server cancels the COPY; a transaction
/// around it can then only be rolled back.
/// </para>
/// <para>Not thread-safe. While the COPY runs, the connection accepts no other statement.</para>
/// </remarks>
public sealed class RowPageReader : IAsyncDisposable
{
    private const int FlagsOffset = 11;
    private const int ExtensionOffset = 15;

    // Flag bits 16 to 31 change the format. PostgreSQL up to version 11 knew one of them: bit 16, an OID before each row.
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
    /// <param name="stream">The output of COPY TO from its header to its end; the reader disposes it.</param>
    /// <param name="table">The table with the columns of each row.</param>
    /// <param name="pool">The pool from which pages are rented.</param>
    /// <param name="pageBytes">Initial size of a page, in bytes.</param>
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

    /// <summary>Number of rows in the pages returned so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Length of the encoded rows in the pages returned so far, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Starts to read the rows of a table, or of a query with the columns of a table.</summary>
    /// <param name="connection">An open connection, with or without a transaction; the caller disposes it. Its Command Timeout limits how
    /// long the server may send nothing. <see cref="ConnectionSettings"/> sets no such limit, unless the address gives one.</param>
    /// <param name="table">The table, with its schema, and the columns to read, in this order.</param>
    /// <param name="pool">The pool from which pages are rented.</param>
    /// <param name="query">
    /// A SELECT that returns these columns, for example to sort or to filter the rows; it is sent unchanged. Null for all rows of the table
    /// in no particular order, including the rows of its partitions and of tables that inherit from it.
    /// </param>
    /// <param name="pageBytes">Initial size of a page, in bytes; <see cref="RowPageWriter.MinPageBytes"/> to
    /// <see cref="RowPageWriter.MaxPageBytes"/>.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
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
            DatabaseThrow.Failed($"Reading table {table}", server, error);
            throw;
        }
    }

    /// <summary>Reads until a page is full or all rows have been read.</summary>
    /// <param name="cancellationToken">Cancels reading; after that, the reader can only be disposed.</param>
    /// <returns>The page, which the caller must dispose; null after the last row.</returns>
    /// <exception cref="DatabaseException">The server or the connection failed, or the stream is truncated or malformed; the message names
    /// the byte offset.</exception>
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

    /// <summary>Ends the COPY (cancels it if rows are left) and returns the memory to the pool.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        GiveBack();
        try
        {
            // Disposing alone would read all remaining rows. A stream that the server has ended refuses to be cancelled, so this cannot
            // cancel a later statement.
            if (stream is NpgsqlRawCopyStream copy && !isAtEnd)
                await copy.CancelAsync().ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error)
            when (error is NpgsqlException or IOException or OperationCanceledException or InvalidOperationException or TimeoutException)
        {
            // This is the answer to the cancellation, or the connection is lost. Neither matters: the rows are no longer needed.
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

    /// <summary>Parses the received bytes row by row, up to the last complete field.</summary>
    /// <returns>True if the trailer was found.</returns>
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
    /// Rents memory to fill: the first buffer, another one if the current buffer is full, or a larger one if it does not hold a whole row.
    /// </summary>
    /// <returns>The full page of whole rows; null if there is none.</returns>
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

        // The beginning of an incomplete row moves to the next buffer, which has room for the rest.
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

    /// <summary>Checks that nothing follows the trailer, and returns the last page.</summary>
    private async Task<RowPage?> EndAsync(CancellationToken cancellationToken)
    {
        if (owner is null)
            return null;

        // The server reports only after the last row whether it has sent all rows.
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
