using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Counts rows and bytes, gives the pages back and sends nothing: shows what a load costs without its database.</summary>
internal sealed class NullWriter : IBatchWriter
{
    private readonly CounterBoard board = new();

    /// <inheritdoc />
    public IReadOnlyCollection<CopyCounters> Counters => board.Counters;

    /// <inheritdoc />
    public void Know(IEnumerable<TableState> states)
    {
        // Nothing is sent, so nothing need be known.
    }

    /// <inheritdoc />
    public Task WriteAsync(RowBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using (batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            board.Add(batch, new RowOutcome(0, Ignored: batch.Rows), TimeSpan.Zero);
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc />
    public Task CompleteAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}
