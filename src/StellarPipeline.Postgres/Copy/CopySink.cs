using System.Data;
using System.Diagnostics;
using Npgsql;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres;

/// <summary>Sends batches to PostgreSQL, each with one binary COPY, on the connection of a <see cref="LoadTransaction"/>.</summary>
/// <remarks>
/// <para>Input: batches of any table, one call at a time. Output: rows in the transaction, counted by the server. The batch's memory goes back to its pool in every outcome, page by page as it is sent.</para>
/// <para>Order: as called. Parents and children are the caller's business.</para>
/// <para>
/// Failure: the COPY is called off, the transaction can no longer be committed, and the first error is thrown with table, batch and rows. A batch is stored wholly or not at all.
/// </para>
/// <para>
/// Time-outs: the table is locked by a statement of ours before the COPY starts, so the COPY itself waits for no table lock, and its reads and writes have no limit but
/// <see cref="CopySinkOptions.StallLimit"/>. Npgsql's default of 30 seconds applies nowhere.
/// </para>
/// </remarks>
public sealed class CopySink : IBatchWriter
{
    private readonly LoadTransaction load;
    private readonly CopySinkOptions options;
    private readonly RowCounter counter;
    private readonly ColumnTypes types;

    // Never changed, only replaced: whoever reads it, from whatever thread, sees one state.
    private volatile CopyCounters[] counters = [];

    /// <summary>Makes a sink.</summary>
    /// <param name="load">The open transaction; stays the caller's.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    public CopySink(LoadTransaction load, CopySinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(load);
        this.load = load;
        this.options = options ?? new CopySinkOptions();
        counter = new RowCounter(load);
        types = new ColumnTypes(load);
    }

    /// <summary>What was sent and confirmed so far, one entry for each table in the order of first use: a snapshot, safe to take from any thread.</summary>
    public IReadOnlyCollection<CopyCounters> Counters => counters;

    /// <summary>Takes over what was read of the tables under the load's locks.</summary>
    /// <param name="states">The tables, with the names that batches have or with their schemas; others are looked up at their first batch.</param>
    public void Know(IEnumerable<TableState> states) => types.Know(states);

    /// <summary>Sends one batch and has its row count confirmed by the server.</summary>
    /// <param name="batch">The batch; the sink becomes its owner and gives its memory back.</param>
    /// <param name="cancellationToken">Looked at between pages, where a COPY can be called off cleanly; a COPY that is stuck is cancelled by the server.</param>
    /// <returns>A task that ends when the server has checked and stored the rows, still uncommitted.</returns>
    /// <exception cref="DatabaseException">A column is of another type than its fields were written as, the server refused the batch or counts other rows, or the connection failed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; nothing of the batch is stored.</exception>
    public async Task CopyAsync(RowBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long started = Stopwatch.GetTimestamp();
        using Activity? activity = PostgresTelemetry.StartBatch(batch);
        try
        {
            load.ThrowIfNotUsable();
            await types.CheckAsync(batch, cancellationToken).ConfigureAwait(false);
            RowCount before = await counter.LockAndCountAsync(batch, cancellationToken).ConfigureAwait(false);
            await CopyOrCancelAsync(batch, cancellationToken).ConfigureAwait(false);
            await counter.ConfirmAsync(batch, before, cancellationToken).ConfigureAwait(false);
            Count(batch, Stopwatch.GetElapsedTime(started));
        }
        catch (Exception error)
        {
            Telemetry.Fail(activity, error);
            PostgresTelemetry.CountFailedBatch(batch, Stopwatch.GetElapsedTime(started), error);
            load.Fail(error);
            throw;
        }
        finally
        {
            batch.Dispose();
        }
    }

    /// <inheritdoc />
    Task IBatchWriter.WriteAsync(RowBatch batch, CancellationToken cancellationToken) => CopyAsync(batch, cancellationToken);

    /// <summary>Confirms what could not be confirmed batch by batch. Must be called before the commit.</summary>
    /// <remarks>
    /// On a server that counts rows (track_counts, the default) there is nothing left to do. With track_counts off and a role that may not switch it on, the rows
    /// that this transaction put into each table are counted here by one scan of the table.
    /// </remarks>
    /// <param name="cancellationToken">Ends the scan.</param>
    /// <returns>A task.</returns>
    /// <exception cref="DatabaseException">A table holds other rows of this transaction than were sent.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await counter.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            load.Fail(error);
            throw;
        }
    }

    /// <summary>Runs the COPY; when the caller cancels and the COPY does not end by itself, has the server cancel it.</summary>
    private async Task CopyOrCancelAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        using var giveUp = new CancellationTokenSource();
        Task copy = CopyPagesAsync(batch, giveUp, cancellationToken);
        if (cancellationToken.CanBeCanceled)
        {
            using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(copy, Task.Delay(Timeout.Infinite, watch.Token)).ConfigureAwait(false);
            if (!copy.IsCompleted && !await EndsWithinAsync(copy, options.CancelGrace).ConfigureAwait(false))
            {
                await load.CancelBackendAsync().ConfigureAwait(false);
                // The server did not end it either, or cannot be reached: break the connection, which rolls back.
                if (!await EndsWithinAsync(copy, options.BreakAfter).ConfigureAwait(false))
                    await GiveUpAsync(copy, giveUp, cancellationToken).ConfigureAwait(false);
            }

            await watch.CancelAsync().ConfigureAwait(false);
        }

        await copy.ConfigureAwait(false);
    }

    /// <summary>Ends a write that hangs by breaking the connection. The wait for the server's verdict takes no token and cannot be ended: then the connection is left behind, with no page in use.</summary>
    private async Task GiveUpAsync(Task copy, CancellationTokenSource giveUp, CancellationToken cancellationToken)
    {
        await giveUp.CancelAsync().ConfigureAwait(false);
        if (await EndsWithinAsync(copy, options.BreakAfter).ConfigureAwait(false))
            return;
        load.Abandon(copy);
        throw new OperationCanceledException("The load was cancelled; the server does not answer, so its session was left to roll back by itself.", cancellationToken);
    }

    private async Task CopyPagesAsync(RowBatch batch, CancellationTokenSource giveUp, CancellationToken cancellationToken)
    {
        // Npgsql 10.0.0 takes 0 as "at once", and -1 as no limit.
        int stallMilliseconds = options.StallLimit == Timeout.InfiniteTimeSpan ? Timeout.Infinite : (int)Math.Max(1, options.StallLimit.TotalMilliseconds);
        // Not `await using`: disposing this stream sends CopyDone, that is, it ends the COPY successfully (NpgsqlRawCopyStream.DisposeAsync).
        NpgsqlRawCopyStream? copy = null;
        try
        {
            CopyTable table = load.Resolve(batch.Table);
            copy = await load.Connection.BeginRawBinaryCopyAsync(options.Freeze ? table.FrozenCopyCommand : table.CopyCommand, giveUp.Token).ConfigureAwait(false);
            copy.ReadTimeout = copy.WriteTimeout = stallMilliseconds;
            await WriteAsync(copy, CopyFormat.Header, stallMilliseconds, giveUp).ConfigureAwait(false);
            foreach (RowPage page in batch.Pages)
            {
                // Between pages only: a token that fires inside a write breaks the connection (NpgsqlWriteBuffer.Flush).
                cancellationToken.ThrowIfCancellationRequested();
                await WriteAsync(copy, page.Memory, stallMilliseconds, giveUp).ConfigureAwait(false);

                // A failed COPY is never sent again, so nobody needs the bytes any more; for messages a page keeps what it says of its rows.
                page.Dispose();
                options.PageSent?.Invoke(page);
            }

            cancellationToken.ThrowIfCancellationRequested();
            await WriteAsync(copy, CopyFormat.Trailer, stallMilliseconds, giveUp).ConfigureAwait(false);
            // The server's verdict on the whole batch arrives here.
            await copy.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Exception cause = copy is null ? error : await AbandonAsync(copy, error).ConfigureAwait(false);
            bool cancelled = cause is OperationCanceledException or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } || giveUp.IsCancellationRequested;
            if (cancelled && cancellationToken.IsCancellationRequested)
                DatabaseThrow.Cancelled(cause, cancellationToken);
            if (giveUp.IsCancellationRequested || IsTimeout(cause))
                DatabaseThrow.CopyStalled(load.Server, batch, options.StallLimit, cause);
            // A page that was given back too early is a bug of ours; the same exception from a broken connection is not.
            bool isBroken = cause is ObjectDisposedException && !load.Connection.FullState.HasFlag(ConnectionState.Open);
            if (cause is NpgsqlException or IOException or OperationCanceledException || isBroken)
                DatabaseThrow.CopyFailed(load.Server, batch, cause);
            throw;
        }
    }

    /// <summary>Writes one block. Npgsql's own write time-out does not cover blocks larger than its buffer (NpgsqlWriteBuffer.DirectWrite), so the limit is kept here.</summary>
    private static async Task WriteAsync(NpgsqlRawCopyStream copy, ReadOnlyMemory<byte> block, int stallMilliseconds, CancellationTokenSource giveUp)
    {
        giveUp.CancelAfter(stallMilliseconds);
        await copy.WriteAsync(block, giveUp.Token).ConfigureAwait(false);
        giveUp.CancelAfter(Timeout.Infinite);
    }

    /// <summary>Calls off a COPY after an error and returns the cause to report: the server's own earlier complaint if it sent one, else the first error.</summary>
    private async Task<Exception> AbandonAsync(NpgsqlRawCopyStream copy, Exception first)
    {
        if (!load.Connection.FullState.HasFlag(ConnectionState.Open))
            return first;
        try
        {
            await copy.CancelAsync().ConfigureAwait(false);
        }
        catch (PostgresException earlier)
        {
            // CancelAsync swallows the answer to our own CopyFail (57014) and throws anything else, which the server sent before.
            return earlier;
        }
        catch (Exception error) when (error is NpgsqlException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // The stream had already ended (ObjectDisposedException: the error came from DisposeAsync) or the connection broke now. Nothing here may replace the first error.
        }

        return first;
    }

    private static bool IsTimeout(Exception cause) => cause is TimeoutException || cause is NpgsqlException { InnerException: TimeoutException };

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource();
        bool ended = await Task.WhenAny(task, Task.Delay(limit, stop.Token)).ConfigureAwait(false) == task;
        await stop.CancelAsync().ConfigureAwait(false);
        return ended;
    }

    private void Count(RowBatch batch, TimeSpan busy)
    {
        load.CountRows(batch.Table, batch.Rows);
        PostgresTelemetry.CountBatch(batch, busy);
        CopyCounters[] before = counters;
        int index = Array.FindIndex(before, sum => sum.Table.Equals(batch.Table));
        CopyCounters sum = index < 0 ? new CopyCounters(batch.Table, 0, 0, 0, TimeSpan.Zero) : before[index];
        sum = new CopyCounters(batch.Table, sum.Rows + batch.Rows, sum.Bytes + batch.Bytes, sum.Batches + 1, sum.Busy + busy);
        counters = index < 0 ? [.. before, sum] : [.. before[..index], sum, .. before[(index + 1)..]];
    }
}
