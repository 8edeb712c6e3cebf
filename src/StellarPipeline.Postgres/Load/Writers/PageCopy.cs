using System.Data;
using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>
/// Sends the pages of a batch with one binary COPY. The caller decides the target table and what happens to the rows.
/// </summary>
/// <remarks>
/// Each page is returned to its pool as soon as it is sent. After a failure the COPY is cancelled, and nothing of it is stored.
/// </remarks>
internal sealed class PageCopy(LoadTransaction load, CopySinkOptions options)
{
    /// <summary>Runs the COPY. If the caller cancels and the COPY does not end by itself, asks the server to cancel it.</summary>
    /// <param name="batch">The batch whose pages are sent.</param>
    /// <param name="statement">The COPY.</param>
    /// <param name="relation">The target table of the COPY, without schema: the server's errors name it with the row.</param>
    /// <param name="cancellationToken">Checked between pages.</param>
    public async Task RunAsync(RowBatch batch, string statement, string relation, CancellationToken cancellationToken)
    {
        using var giveUp = new CancellationTokenSource();
        Task copy = CopyPagesAsync(batch, statement, relation, giveUp, cancellationToken);
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

    /// <summary>
    /// Ends a write that hangs by breaking the connection. Waiting for the server's answer takes no token and cannot be ended: in that case
    /// the connection is abandoned, with no page in use.
    /// </summary>
    private async Task GiveUpAsync(Task copy, CancellationTokenSource giveUp, CancellationToken cancellationToken)
    {
        await giveUp.CancelAsync().ConfigureAwait(false);
        if (await EndsWithinAsync(copy, options.BreakAfter).ConfigureAwait(false))
            return;
        load.Abandon(copy);
        throw new OperationCanceledException(
            "The load was cancelled; the server does not answer, so its session was left to roll back by itself.", cancellationToken);
    }

    private async Task CopyPagesAsync(
        RowBatch batch, string statement, string relation, CancellationTokenSource giveUp, CancellationToken cancellationToken)
    {
        // Npgsql 10.0.0: 0 means immediately, -1 means no limit.
        int stallMilliseconds =
            options.StallLimit == Timeout.InfiniteTimeSpan ? Timeout.Infinite : (int)Math.Max(1, options.StallLimit.TotalMilliseconds);
        // Not `await using`: disposing this stream sends CopyDone, that is, it ends the COPY successfully
        // (NpgsqlRawCopyStream.DisposeAsync).
        NpgsqlRawCopyStream? copy = null;
        try
        {
            copy = await load.Connection.BeginRawBinaryCopyAsync(statement, giveUp.Token).ConfigureAwait(false);
            copy.ReadTimeout = copy.WriteTimeout = stallMilliseconds;
            await WriteAsync(copy, CopyFormat.Header, stallMilliseconds, giveUp).ConfigureAwait(false);
            foreach (RowPage page in batch.Pages)
            {
                // Only between pages: cancelling a token during a write breaks the connection (NpgsqlWriteBuffer.Flush).
                cancellationToken.ThrowIfCancellationRequested();
                await WriteAsync(copy, page.Memory, stallMilliseconds, giveUp).ConfigureAwait(false);

                // A failed COPY is never sent again, so the bytes are no longer needed. The page keeps its row count and location for
                // messages.
                page.Dispose();
                options.PageSent?.Invoke(page);
            }

            cancellationToken.ThrowIfCancellationRequested();
            await WriteAsync(copy, CopyFormat.Trailer, stallMilliseconds, giveUp).ConfigureAwait(false);
            // The server's answer for the whole batch arrives here.
            await copy.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Exception cause = copy is null ? error : await AbandonAsync(copy, error).ConfigureAwait(false);
            bool cancelled = cause is OperationCanceledException or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled }
                || giveUp.IsCancellationRequested;
            if (cancelled && cancellationToken.IsCancellationRequested)
                DatabaseThrow.Cancelled(cause, cancellationToken);
            if (giveUp.IsCancellationRequested || IsTimeout(cause))
                DatabaseThrow.CopyStalled(load.Server, batch, options.StallLimit, cause);
            // A page that was returned too early is a bug of this library; the same exception from a broken connection is not.
            bool isBroken = cause is ObjectDisposedException && !load.Connection.FullState.HasFlag(ConnectionState.Open);
            if (cause is NpgsqlException or IOException or OperationCanceledException || isBroken)
                DatabaseThrow.CopyFailed(load.Server, batch, cause, relation);
            throw;
        }
    }

    /// <summary>
    /// Writes one block with a time limit. Npgsql's own write time-out does not cover blocks larger than its buffer
    /// (NpgsqlWriteBuffer.DirectWrite).
    /// </summary>
    private static async Task WriteAsync(
        NpgsqlRawCopyStream copy, ReadOnlyMemory<byte> block, int stallMilliseconds, CancellationTokenSource giveUp)
    {
        giveUp.CancelAfter(stallMilliseconds);
        await copy.WriteAsync(block, giveUp.Token).ConfigureAwait(false);
        giveUp.CancelAfter(Timeout.Infinite);
    }

    /// <summary>
    /// Cancels a COPY after an error and returns the cause to report: the server's earlier error if it sent one, otherwise the first error.
    /// </summary>
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
            // CancelAsync ignores the answer to CopyFail (57014) and throws any other error, which the server sent before.
            return earlier;
        }
        catch (Exception error) when (error is NpgsqlException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // The stream had already ended (ObjectDisposedException: the error came from DisposeAsync), or the connection has just broken.
            // Neither may replace the first error.
        }

        return first;
    }

    private static bool IsTimeout(Exception cause) =>
        cause is TimeoutException || cause is NpgsqlException { InnerException: TimeoutException };

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource();
        bool ended = await Task.WhenAny(task, Task.Delay(limit, stop.Token)).ConfigureAwait(false) == task;
        await stop.CancelAsync().ConfigureAwait(false);
        return ended;
    }
}
