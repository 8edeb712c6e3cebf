using System.Diagnostics;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Sends batches to PostgreSQL, each with one binary COPY, on the connection of a <see cref="LoadTransaction"/>.</summary>
/// <remarks>
/// <para>Input: batches of any table, one call at a time. Output: rows in the transaction, counted by the server. The pages of a batch are
/// returned to their pool in every case, each as soon as it is sent.</para>
/// <para>Order: the order of the calls. The caller decides the order of parents and children.</para>
/// <para>
/// Failure: the COPY is cancelled, the transaction can no longer be committed, and the first error is thrown with table, batch and rows. A
/// batch is stored completely or not at all.
/// </para>
/// <para>
/// Time-outs: a separate statement locks the table before the COPY starts, so the COPY itself does not wait for a table lock. Only
/// <see cref="CopySinkOptions.StallLimit"/> limits its reads and writes; Npgsql's default of 30 seconds is not used.
/// </para>
/// </remarks>
public sealed class CopySink : IBatchWriter
{
    private readonly LoadTransaction load;
    private readonly CopySinkOptions options;
    private readonly PageCopy copy;
    private readonly RowCounter counter;
    private readonly ColumnTypes types;

    private readonly CounterBoard board = new();

    /// <summary>Makes a sink.</summary>
    /// <param name="load">The open transaction; the caller disposes it.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    public CopySink(LoadTransaction load, CopySinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(load);
        this.load = load;
        this.options = options ?? new CopySinkOptions();
        copy = new PageCopy(load, this.options);
        counter = new RowCounter(load);
        types = new ColumnTypes(load);
    }

    /// <summary>
    /// What was sent and confirmed so far, one entry per table in the order of first use. A snapshot that any thread may take.
    /// </summary>
    public IReadOnlyCollection<CopyCounters> Counters => board.Counters;

    /// <summary>Takes over table definitions that were read under the load's locks.</summary>
    /// <param name="states">The tables, named as in the batches or with their schemas. Other tables are read at their first batch.</param>
    public void Know(IEnumerable<TableState> states) => types.Know(states);

    /// <summary>Sends one batch and checks its row count with the server.</summary>
    /// <param name="batch">The batch; the sink becomes its owner and returns its pages.</param>
    /// <param name="cancellationToken">Checked between pages, where a COPY can be cancelled cleanly. A COPY that hangs is cancelled by the
    /// server.</param>
    /// <returns>A task that completes when the server has checked and stored the rows, still uncommitted.</returns>
    /// <exception cref="DatabaseException">The type of a column differs from the type its fields were written as, the server refused the
    /// batch or counted a different number of rows, or the connection failed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; nothing of the batch is
    /// stored.</exception>
    public Task CopyAsync(RowBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return CopyTogetherAsync([batch], cancellationToken);
    }

    /// <summary>
    /// Sends batches one after the other. Their tables are locked and their rows counted together, which saves two round trips for each.
    /// </summary>
    /// <param name="batches">The batches, each of another table; the sink becomes their owner and returns their pages.</param>
    /// <param name="cancellationToken">Like that of <see cref="CopyAsync"/>.</param>
    internal async Task CopyTogetherAsync(IReadOnlyList<RowBatch> batches, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        RowBatch current = batches[0];
        Activity? activity = PostgresTelemetry.StartBatch(current);
        try
        {
            load.ThrowIfNotUsable();
            foreach (RowBatch batch in batches) await types.CheckAsync(batch, cancellationToken).ConfigureAwait(false);
            long[] before = await counter.LockAndCountAsync(batches, cancellationToken).ConfigureAwait(false);
            var busy = new TimeSpan[batches.Count];
            for (int index = 0; index < busy.Length; index++)
            {
                if (index > 0)
                {
                    current = batches[index];
                    started = Stopwatch.GetTimestamp();
                    activity?.Dispose();
                    activity = PostgresTelemetry.StartBatch(current);
                }

                CopyTable table = load.Resolve(current.Table);
                await copy.RunAsync(
                    current, options.Freeze ? table.FrozenCopyCommand : table.CopyCommand, table.Name, cancellationToken).ConfigureAwait(
                        false);
                busy[index] = Stopwatch.GetElapsedTime(started);
            }

            await counter.ConfirmAsync(batches, before, cancellationToken).ConfigureAwait(false);
            busy[^1] = Stopwatch.GetElapsedTime(started);
            for (int index = 0; index < busy.Length; index++)
            {
                RowBatch batch = batches[index];
                load.CountRows(batch.Table, batch.Rows);
                PostgresTelemetry.CountBatch(batch, busy[index]);
                board.Add(batch, new RowOutcome(batch.Rows), busy[index]);
            }
        }
        catch (Exception error)
        {
            Telemetry.Fail(activity, error);
            PostgresTelemetry.CountFailedBatch(current, Stopwatch.GetElapsedTime(started), error);
            load.Fail(error);
            throw;
        }
        finally
        {
            activity?.Dispose();
            foreach (RowBatch batch in batches) batch.Dispose();
        }
    }

    /// <inheritdoc />
    Task IBatchWriter.WriteAsync(RowBatch batch, CancellationToken cancellationToken) => CopyAsync(batch, cancellationToken);

    /// <summary>Confirms the row counts that could not be confirmed batch by batch. Must be called before the commit.</summary>
    /// <remarks>
    /// On a server that counts rows (track_counts is on, the default) this does nothing. If track_counts is off and the role may not switch
    /// it on, this method counts the rows that the transaction wrote to each table by one scan of the table.
    /// </remarks>
    /// <param name="cancellationToken">Ends the scan.</param>
    /// <returns>A task.</returns>
    /// <exception cref="DatabaseException">A table contains a different number of rows of this transaction than were sent.</exception>
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
}
