using System.Threading.Tasks.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// One producer of pages for a <see cref="BulkLoad"/> that is not a Dataflow block. Made by <see cref="BulkLoad.AddProducer"/>.
/// </summary>
/// <remarks>
/// The load commits only when each of its producers has said that it is complete; one that is disposed before has failed, and so has the
/// load. One producer may be used by one caller at a time; any number of them work side by side.
/// </remarks>
public sealed class LoadProducer : IDisposable
{
    private readonly PageInput input;
    private readonly CancellationToken stop;
    private int sending;

    internal LoadProducer(PageInput input, CancellationToken stop)
    {
        this.input = input;
        this.stop = stop;
    }

    /// <summary>What the producer is called in messages.</summary>
    public string Name => input.Name;

    /// <summary>Hands a page to the load, waiting while the database is behind.</summary>
    /// <param name="page">The page; whatever happens, the load gives its memory back.</param>
    /// <param name="cancellationToken">Ends the wait; the page is then not part of the load.</param>
    /// <returns>False when the load has failed: send nothing more, <see cref="BulkLoad.CommitAsync"/> says why.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled while the load was well.</exception>
    /// <exception cref="InvalidOperationException">The producer has said that it is complete; the load fails.</exception>
    public async ValueTask<bool> SendAsync(RowPage page, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(page);
        bool isTaken = false;
        Interlocked.Increment(ref sending);
        try
        {
            if (stop.IsCancellationRequested) return false;
            if (input.HasEnded) throw input.FailLate();
            isTaken = await input.SendAsync(page, cancellationToken).ConfigureAwait(false);
            return isTaken && !stop.IsCancellationRequested;
        }
        finally
        {
            Interlocked.Decrement(ref sending);
            if (!isTaken) page.Dispose();
        }
    }

    /// <summary>Says that every page was sent.</summary>
    /// <exception cref="InvalidOperationException">A page is still being sent; the load fails.</exception>
    public void Complete()
    {
        if (Volatile.Read(ref sending) > 0)
        {
            InvalidOperationException error = DatabaseThrow.CompleteWhileSending(Name);
            input.Fault(error);
            throw error;
        }

        input.Complete();
    }

    /// <summary>Says that the producer has failed: nothing is committed. Does nothing after <see cref="Complete"/>.</summary>
    /// <param name="error">Why; <see cref="BulkLoad.CommitAsync"/> throws it, if it is the first error.</param>
    public void Fail(Exception error) => input.Fault(error);

    /// <summary>Ends a producer that was not completed as failed.</summary>
    public void Dispose()
    {
        if (!input.HasEnded) input.Fault(DatabaseThrow.ProducerLeft(Name));
    }
}
