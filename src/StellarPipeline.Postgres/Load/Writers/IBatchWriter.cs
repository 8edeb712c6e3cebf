using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Writes batches to their tables, one at a time, in the transaction of one load.</summary>
/// <remarks>
/// Failure: the transaction can no longer be committed, and the first error is thrown with table, batch and rows. Not thread-safe, except
/// for <see cref="Counters"/>.
/// </remarks>
public interface IBatchWriter
{
    /// <summary>Takes over table definitions that were read under the load's locks, so that they are not read again.</summary>
    /// <param name="states">The tables, named as in the batches or with their schemas. Other tables are read at their first batch.</param>
    void Know(IEnumerable<TableState> states);

    /// <summary>Writes one batch to its table and checks the result with the server.</summary>
    /// <param name="batch">The batch; the writer becomes its owner and returns its pages to their pool in every case.</param>
    /// <param name="cancellationToken">Stops the work between two pages or statements; nothing of the batch is stored then.</param>
    /// <returns>A task that completes when the server has checked and stored the rows, still uncommitted.</returns>
    /// <exception cref="DatabaseException">The server refused the batch or counted a different number of rows, or the connection
    /// failed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task WriteAsync(RowBatch batch, CancellationToken cancellationToken = default);

    /// <summary>Confirms the row counts that could not be confirmed batch by batch. Must be called before the commit.</summary>
    /// <param name="cancellationToken">Ends the work; the transaction must then be rolled back.</param>
    /// <returns>A task.</returns>
    /// <exception cref="DatabaseException">The server counted a different number of rows than were sent.</exception>
    Task CompleteAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// What was written and confirmed so far, one entry per table in the order of first use. A snapshot that any thread may take.
    /// </summary>
    IReadOnlyCollection<CopyCounters> Counters { get; }
}
