using System.Threading.Tasks.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <summary>The input of one producer of a load. It ends once, by success or failure, independently of other producers.</summary>
internal sealed class PageInput(PageQueue queue, string name) : ITargetBlock<RowPage>
{
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int ended;

    /// <summary>The producer's name in messages.</summary>
    public string Name => name;

    /// <summary>Whether the producer has ended, by success or failure.</summary>
    public bool HasEnded => Volatile.Read(ref ended) != 0;

    /// <summary>Completes when the producer has ended. The outcome of the load is reported by its commit.</summary>
    public Task Completion => completion.Task;

    /// <inheritdoc/>
    public DataflowMessageStatus OfferMessage(
        DataflowMessageHeader messageHeader, RowPage messageValue, ISourceBlock<RowPage>? source, bool consumeToAccept) =>
            queue.Offer(this, messageHeader, messageValue, source, consumeToAccept);

    /// <summary>The producer has sent all its pages.</summary>
    public void Complete() => End(null);

    /// <summary>The producer has failed or was cancelled, and so the load fails.</summary>
    public void Fault(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        End(exception);
    }

    /// <summary>Fails the load, because a page arrived after the end.</summary>
    /// <returns>The error.</returns>
    public InvalidOperationException FailLate() => queue.FailLate(this);

    private void End(Exception? error)
    {
        if (Interlocked.Exchange(ref ended, 1) != 0) return;
        queue.End(this, error);
        completion.TrySetResult();
    }
}
