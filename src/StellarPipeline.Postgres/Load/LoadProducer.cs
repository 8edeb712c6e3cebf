using System.Threading.Tasks.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// One producer of pages for a <see cref="BulkLoad"/> that is not a Dataflow block. Made by <see cref="BulkLoad.AddProducer"/>.
/// </summary>
/// <remarks>
/// The load commits only after every producer has called <see cref="Complete"/>. Disposing a producer before that fails the load. Only one
/// caller at a time may use a producer; any number of producers may work concurrently.
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

    /// <summary>The producer's name in messages.</summary>
    public string Name => input.Name;

    /// <summary>Hands a page to the load, and waits while the database is slower than the producers.</summary>
    /// <param name="page">The page. The load returns it to its pool in every case.</param>
    /// <param name="cancellationToken">Ends the wait; the page is then not part of the load.</param>
    /// <returns>False if the load has failed: send no more pages; <see cref="BulkLoad.CommitAsync"/> throws the error.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled and the load has not
    /// failed.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Complete"/> was called before; the load fails.</exception>
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

    /// <summary>Tells the load that every page was sent.</summary>
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

    /// <summary>Tells the load that the producer has failed: nothing is committed. Does nothing after <see cref="Complete"/>.</summary>
    /// <param name="error">The error; <see cref="BulkLoad.CommitAsync"/> throws it if it is the first one.</param>
    public void Fail(Exception error) => input.Fault(error);

    /// <summary>Fails the load if <see cref="Complete"/> was not called before.</summary>
    public void Dispose()
    {
        if (!input.HasEnded) input.Fault(DatabaseThrow.ProducerLeft(Name));
    }
}
