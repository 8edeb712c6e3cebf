using System.Threading.Tasks.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <summary>The way of pages into a load: one bounded queue with one worker, and a counted input for each producer.</summary>
/// <remarks>
/// <para>Input: pages, each through the <see cref="PageInput"/> of its producer. Output: pages to the worker, one after another, in the
/// order in which they came.</para>
/// <para>End: when no producer can be added any more, each of them has ended well, and the last page was taken. A producer that fails is
/// told to the load.</para>
/// <para>
/// Failure: a queue that drains takes every page and gives it back at once. It must not decline them: a Dataflow block whose target
/// declines drops the link, keeps its pages, and lets its own feeders wait for ever.
/// </para>
/// </remarks>
internal sealed class PageQueue
{
    private readonly Lock gate = new();
    private readonly ITargetBlock<RowPage> work;
    private readonly Action<PageInput, Exception> failed;
    private readonly TaskCompletionSource producersEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int producers;
    private int open;
    private bool isClosed;
    private bool isDraining;

    /// <summary>Makes a queue without producers.</summary>
    /// <param name="capacityPages">Most pages that wait.</param>
    /// <param name="take">Takes over one page; must not throw.</param>
    /// <param name="failed">Told of a producer that does not end well, and why.</param>
    public PageQueue(int capacityPages, Func<RowPage, Task> take, Action<PageInput, Exception> failed)
    {
        this.failed = failed;

        // No token: a block that is cancelled drops what waits in it, and pages have to go back to their pool.
        work = new ActionBlock<RowPage>(take, new ExecutionDataflowBlockOptions
        {
            BoundedCapacity = capacityPages,
            MaxDegreeOfParallelism = 1,
            MaxMessagesPerTask = DataflowBlockOptions.Unbounded,
            EnsureOrdered = true,
            CancellationToken = CancellationToken.None,
        });
    }

    /// <summary>
    /// Ends when every page was taken: after <see cref="Close"/> and the good end of all producers, or soon after <see cref="Drain"/>.
    /// </summary>
    public Task Completion => work.Completion;

    /// <summary>Ends when no producer can be added any more and all have ended, well or not.</summary>
    public Task ProducersEnded => producersEnded.Task;

    /// <summary>Adds a producer.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="InvalidOperationException">The load is being committed.</exception>
    public PageInput Add(string name)
    {
        lock (gate)
        {
            if (isClosed) DatabaseThrow.ProducerTooLate(name);
            producers++;
            open++;
        }

        return new PageInput(this, name);
    }

    /// <summary>Lets no further producer in.</summary>
    /// <exception cref="InvalidOperationException">There is no producer, so there can be no rows.</exception>
    public void Close()
    {
        lock (gate)
        {
            if (producers == 0) DatabaseThrow.NoProducer();
        }

        LetNobodyIn();
    }

    /// <summary>Lets no further producer in, also when there was none.</summary>
    public void LetNobodyIn()
    {
        lock (gate) isClosed = true;
        CompleteWhenEnded();
    }

    /// <summary>From here on pages are given back instead of being taken.</summary>
    public void Drain()
    {
        Volatile.Write(ref isDraining, true);

        // Those who wait for room are let go by this, and offer their page again.
        work.Complete();
    }

    internal DataflowMessageStatus Offer(
        PageInput input, DataflowMessageHeader header, RowPage page, ISourceBlock<RowPage>? source, bool consumeToAccept)
    {
        if (!Volatile.Read(ref isDraining))
        {
            if (input.HasEnded)
            {
                FailLate(input);
                return DataflowMessageStatus.DecliningPermanently;
            }

            DataflowMessageStatus status = work.OfferMessage(header, page, source, consumeToAccept);

            // Declined for good although this producer has not ended: the load failed in this very moment.
            if (status != DataflowMessageStatus.DecliningPermanently || !Volatile.Read(ref isDraining)) return status;
        }

        if (consumeToAccept)
        {
            RowPage? consumed = source!.ConsumeMessage(header, input, out bool isConsumed);
            if (!isConsumed) return DataflowMessageStatus.NotAvailable;
            page = consumed!;
        }

        page.Dispose();
        return DataflowMessageStatus.Accepted;
    }

    internal InvalidOperationException FailLate(PageInput input)
    {
        InvalidOperationException error = DatabaseThrow.PageAfterEnd(input.Name);
        failed(input, error);
        return error;
    }

    internal void End(PageInput input, Exception? error)
    {
        // Before it is counted: the last one must not complete the queue and fail the load afterwards.
        if (error is not null) failed(input, error);
        lock (gate) open--;
        CompleteWhenEnded();
    }

    private void CompleteWhenEnded()
    {
        lock (gate)
        {
            if (!isClosed || open > 0) return;
        }

        work.Complete();
        producersEnded.TrySetResult();
    }
}
