using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Counts rows and bytes, returns the pages and sends nothing. It shows the cost of a load without the database.</summary>
/// <param name="options">Who is told that a page has been sent.</param>
internal sealed class NullWriter(CopySinkOptions options) : IBatchWriter
{
    private readonly CounterBoard board = new();

    /// <inheritdoc />
    public IReadOnlyCollection<CopyCounters> Counters => board.Counters;

    /// <inheritdoc />
    public void Know(IEnumerable<TableState> states)
    {
        // Nothing is sent, so no definitions are needed.
    }

    /// <inheritdoc />
    public Task WriteAsync(RowBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using (batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (RowPage page in batch.Pages) options.PageSent?.Invoke(page);
            board.Add(batch, new RowOutcome(0, Ignored: batch.Rows), TimeSpan.Zero);
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc />
    public Task CompleteAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}
