using System.Threading.Tasks.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <summary>The input of one producer of a load. It ends once, well or not, and its end is not that of the other producers.</summary>
internal sealed class PageInput(PageQueue queue, string name) : ITargetBlock<RowPage>
{
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int ended;

    /// <summary>What the producer is called in messages.</summary>
    public string Name => name;

    /// <summary>Whether the producer has ended, well or not.</summary>
    public bool HasEnded => Volatile.Read(ref ended) != 0;

    /// <summary>Ends with the producer. How the load ends is said by its commit.</summary>
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

    /// <summary>Fails the load, because a page came after the end.</summary>
    /// <returns>The error.</returns>
    public InvalidOperationException FailLate() => queue.FailLate(this);

    private void End(Exception? error)
    {
        if (Interlocked.Exchange(ref ended, 1) != 0) return;
        queue.End(this, error);
        completion.TrySetResult();
    }
}
