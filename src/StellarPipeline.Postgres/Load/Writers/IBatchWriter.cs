using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Brings batches into their tables, one at a time, in the transaction of one load.</summary>
/// <remarks>
/// Failure: the transaction can no longer be committed, and the first error is thrown with table, batch and rows. Not thread-safe but for
/// <see cref="Counters"/>.
/// </remarks>
public interface IBatchWriter
{
    /// <summary>Takes over tables as they were found under the load's locks, so that they are not looked up again.</summary>
    /// <param name="states">The tables, with the names that batches have or with their schemas; others are looked up at their first
    /// batch.</param>
    void Know(IEnumerable<TableState> states);

    /// <summary>Brings one batch into its table and has the server confirm what became of its rows.</summary>
    /// <param name="batch">The batch; the writer becomes its owner, and its pages go back to their pool in every outcome.</param>
    /// <param name="cancellationToken">Stops the work between two pages or statements; nothing of the batch is stored then.</param>
    /// <returns>A task that ends when the server has checked and stored the rows, still uncommitted.</returns>
    /// <exception cref="DatabaseException">The server refused the batch or counts other rows, or the connection failed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task WriteAsync(RowBatch batch, CancellationToken cancellationToken = default);

    /// <summary>Confirms what could not be confirmed batch by batch. Must be called before the commit.</summary>
    /// <param name="cancellationToken">Ends the work; the transaction must then be rolled back.</param>
    /// <returns>A task.</returns>
    /// <exception cref="DatabaseException">The server counts other rows than were sent.</exception>
    Task CompleteAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// What was written and confirmed so far, one entry for each table in the order of first use: a snapshot, safe to take from any thread.
    /// </summary>
    IReadOnlyCollection<CopyCounters> Counters { get; }
}
