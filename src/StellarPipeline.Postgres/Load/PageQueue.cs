using System.Threading.Tasks.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <summary>Brings pages into a load: one bounded queue with one worker, and a counted input for each producer.</summary>
/// <remarks>
/// <para>Input: pages, each through the <see cref="PageInput"/> of its producer. Output: pages to the worker, one after another, in the
/// order of arrival.</para>
/// <para>End: when no more producers can be added, all of them have completed, and the last page was processed. The failure of a producer
/// is reported to the load.</para>
/// <para>
/// Failure: a draining queue accepts every page and returns it to its pool at once. It must not decline pages: a Dataflow block whose
/// target declines drops the link and keeps its pages, and the blocks before it wait forever.
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
    /// <param name="capacityPages">Maximum number of waiting pages.</param>
    /// <param name="take">Takes over one page; must not throw.</param>
    /// <param name="failed">Called with a producer that has failed, and the error.</param>
    public PageQueue(int capacityPages, Func<RowPage, Task> take, Action<PageInput, Exception> failed)
    {
        this.failed = failed;

        // No token: a cancelled block drops its waiting items, and pages must be returned to their pool.
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
    /// Completes when every page was processed: after <see cref="Close"/> and the successful end of all producers, or soon after
    /// <see cref="Drain"/>.
    /// </summary>
    public Task Completion => work.Completion;

    /// <summary>Completes when no more producers can be added and all have ended, by success or failure.</summary>
    public Task ProducersEnded => producersEnded.Task;

    /// <summary>Adds a producer.</summary>
    /// <param name="name">Its name in messages.</param>
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

    /// <summary>Accepts no further producers.</summary>
    /// <exception cref="InvalidOperationException">There is no producer, so there can be no rows.</exception>
    public void Close()
    {
        lock (gate)
        {
            if (producers == 0) DatabaseThrow.NoProducer();
        }

        LetNobodyIn();
    }

    /// <summary>Accepts no further producers, even if there was none.</summary>
    public void LetNobodyIn()
    {
        lock (gate) isClosed = true;
        CompleteWhenEnded();
    }

    /// <summary>From here on, pages are returned to their pool and not processed.</summary>
    public void Drain()
    {
        Volatile.Write(ref isDraining, true);

        // This wakes producers that wait for room; they offer their page again.
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

            // Declined permanently although this producer has not ended: the load has just failed.
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
        // Report the failure before counting: otherwise the last producer could complete the queue first and fail the load afterwards.
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
