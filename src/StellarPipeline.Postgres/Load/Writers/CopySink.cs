using System.Diagnostics;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Sends batches to PostgreSQL, each with one binary COPY, on the connection of a <see cref="LoadTransaction"/>.</summary>
/// <remarks>
/// <para>Input: batches of any table, one call at a time. Output: rows in the transaction, counted by the server. The batch's memory goes
/// back to its pool in every outcome, page by page as it is sent.</para>
/// <para>Order: as called. Parents and children are the caller's business.</para>
/// <para>
/// Failure: the COPY is called off, the transaction can no longer be committed, and the first error is thrown with table, batch and rows. A
/// batch is stored wholly or not at all.
/// </para>
/// <para>
/// Time-outs: the table is locked by a statement of ours before the COPY starts, so the COPY itself waits for no table lock, and its reads
/// and writes have no limit but <see cref="CopySinkOptions.StallLimit"/>. Npgsql's default of 30 seconds applies nowhere.
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
    /// <param name="load">The open transaction; stays the caller's.</param>
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
    /// What was sent and confirmed so far, one entry for each table in the order of first use: a snapshot, safe to take from any thread.
    /// </summary>
    public IReadOnlyCollection<CopyCounters> Counters => board.Counters;

    /// <summary>Takes over what was read of the tables under the load's locks.</summary>
    /// <param name="states">The tables, with the names that batches have or with their schemas; others are looked up at their first
    /// batch.</param>
    public void Know(IEnumerable<TableState> states) => types.Know(states);

    /// <summary>Sends one batch and has its row count confirmed by the server.</summary>
    /// <param name="batch">The batch; the sink becomes its owner and gives its memory back.</param>
    /// <param name="cancellationToken">Looked at between pages, where a COPY can be called off cleanly; a COPY that is stuck is cancelled
    /// by the server.</param>
    /// <returns>A task that ends when the server has checked and stored the rows, still uncommitted.</returns>
    /// <exception cref="DatabaseException">A column is of another type than its fields were written as, the server refused the batch or
    /// counts other rows, or the connection failed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; nothing of the batch is
    /// stored.</exception>
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
            CopyTable table = load.Resolve(batch.Table);
            await copy.RunAsync(batch, options.Freeze ? table.FrozenCopyCommand : table.CopyCommand, table.Name, cancellationToken)
                .ConfigureAwait(false);
            await counter.ConfirmAsync(batch, before, cancellationToken).ConfigureAwait(false);
            TimeSpan busy = Stopwatch.GetElapsedTime(started);
            load.CountRows(batch.Table, batch.Rows);
            PostgresTelemetry.CountBatch(batch, busy);
            board.Add(batch, new RowOutcome(batch.Rows), busy);
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
    /// On a server that counts rows (track_counts, the default) there is nothing left to do. With track_counts off and a role that may not
    /// switch it on, the rows that this transaction put into each table are counted here by one scan of the table.
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
}
