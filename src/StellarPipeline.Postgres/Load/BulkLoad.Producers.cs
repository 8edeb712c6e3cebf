using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Dataflow;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <content>Who feeds the load, and what becomes of them when it fails.</content>
public sealed partial class BulkLoad : IGraphEnd<RowPage>
{
    private const int EncoderItems = 64;

    private readonly PageQueue queue;
    private readonly CancellationToken openToken;
    private CancellationToken commitToken;
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenRegistration cancelling;
    private readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One statement at a time: pages, cancellations and disposal come from different threads.
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Lock gate = new();
    private ExceptionDispatchInfo? failure;
    private bool isCommitting;
    private volatile bool isCommitted;
    private volatile bool isWorking;
    private int commits;
    private int disposals;

    /// <summary>
    /// Cancelled when the load has failed, was cancelled or is disposed of. Producers watch it: nothing that they send from then on is
    /// used.
    /// </summary>
    public CancellationToken Token { get; }

    /// <inheritdoc/>
    bool IGraphEnd<RowPage>.IsWaitingOutside => isWorking;

    /// <inheritdoc/>
    Task IGraphEnd<RowPage>.Failure => failed.Task;

    private bool HasFailed => Volatile.Read(ref failure) is not null;

    /// <summary>Ends when the load has failed; does not throw.</summary>
    private Task Failure => Task.WhenAny(failed.Task);

    /// <summary>Adds a producer that is no Dataflow block.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <returns>Its handle: send pages, then say <see cref="LoadProducer.Complete"/>, then dispose it.</returns>
    /// <exception cref="InvalidOperationException"><see cref="CommitAsync"/> was called.</exception>
    public LoadProducer AddProducer(string name = "a producer")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new LoadProducer(queue.Add(name), Token);
    }

    /// <summary>Adds a Dataflow block as a producer and links it.</summary>
    /// <remarks>
    /// A block that is cancelled or faults fails the load. Dataflow tells a block's successor nothing of its cancellation, so the blocks
    /// before <paramref name="source"/> have to be named too where they could be cancelled. Do not give such a block a cancellation token:
    /// one that is cancelled drops its pages, which are then never given back to their pool; end what feeds it instead when
    /// <see cref="Token"/> is cancelled. A delegate of a block must not let an <see cref="OperationCanceledException"/> out: Dataflow drops
    /// the item without a word.
    /// </remarks>
    /// <param name="source">The block that makes the pages. Its pages go nowhere else.</param>
    /// <param name="before">Blocks before it that must have ended well too.</param>
    /// <exception cref="InvalidOperationException"><see cref="CommitAsync"/> was called.</exception>
    public void LinkFrom(ISourceBlock<RowPage> source, params IReadOnlyList<IDataflowBlock> before)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(before);
        PageInput input = queue.Add(source.GetType().Name.Split('`')[0]);

        // Not PropagateCompletion: it says "complete" of a block that was cancelled.
        source.LinkTo(input, new DataflowLinkOptions { PropagateCompletion = false });
        _ = FollowAsync(input, [source, .. before]);
    }

    /// <summary>
    /// Adds a producer that makes pages of items: a Dataflow block that is made here, linked, and cannot lose an item without a word.
    /// </summary>
    /// <remarks>
    /// Any exception of <paramref name="encode"/> fails the load, an <see cref="OperationCanceledException"/> included (an HTTP time-out is
    /// one), for which a block of one's own drops its item and goes on. Once the load has failed, items are taken and no longer encoded.
    /// </remarks>
    /// <typeparam name="T">What pages are made of.</typeparam>
    /// <param name="encode">Makes the pages of one item; enumerated here. It may run on several threads, as <paramref name="options"/>
    /// say.</param>
    /// <param name="options">Capacity and parallelism, without a token; null for one worker and a capacity of 64 items.</param>
    /// <param name="before">Blocks before it that must have ended well too.</param>
    /// <returns>The block: send or link items to it, then complete it. Link its source here, or complete it yourself; not both.</returns>
    /// <exception cref="ArgumentException"><paramref name="options"/> hold a cancellation token, which would make the block drop
    /// pages.</exception>
    /// <exception cref="InvalidOperationException"><see cref="CommitAsync"/> was called.</exception>
    public ITargetBlock<T> AddEncoder<T>(
        Func<T, IEnumerable<RowPage>> encode, ExecutionDataflowBlockOptions? options = null, params IReadOnlyList<IDataflowBlock> before)
    {
        ArgumentNullException.ThrowIfNull(encode);
        options ??= new ExecutionDataflowBlockOptions { BoundedCapacity = EncoderItems };
        if (options.CancellationToken.CanBeCanceled) DatabaseThrow.EncoderToken(nameof(options));
        var block = new TransformManyBlock<T, RowPage>(item => Encode(encode, item), options);
        LinkFrom(block, before);
        return block;
    }

    private List<RowPage> Encode<T>(Func<T, IEnumerable<RowPage>> encode, T item)
    {
        var pages = new List<RowPage>();
        if (Token.IsCancellationRequested) return pages;
        try
        {
            // Not AddRange: what was made before an error has to be given back.
            foreach (RowPage page in encode(item)) pages.Add(page);
            return pages;
        }
#pragma warning disable CA1031 // Kept and thrown by the commit. The block goes on, to give back what waits in it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            foreach (RowPage page in pages) page.Dispose();
            ProducerFailed("an encoder", error);
            return [];
        }
    }

    /// <summary>
    /// Calls the load off: nothing is committed, and <see cref="CommitAsync"/> throws the first error. Does nothing once the COMMIT is on
    /// its way.
    /// </summary>
    /// <param name="error">Why.</param>
    public void Fail(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        lock (gate)
        {
            if (failure is not null || isCommitting) return;
            failure = ExceptionDispatchInfo.Capture(error);
        }

        queue.Drain();
        if (error is OperationCanceledException) failed.TrySetCanceled(CancellationToken.None);
        else failed.TrySetException(error);
        _ = failed.Task.Exception; // Observed: it is the commit that throws it.

        // Not waited for: what producers have registered with the token may run for long. The rollback runs elsewhere, as the caller may be
        // the one whose turn it is.
        _ = stop.CancelAsync();
        _ = Task.Run(RollbackAsync);
    }

    /// <inheritdoc/>
    ITargetBlock<RowPage> IGraphEnd<RowPage>.AddInput(string producer) => queue.Add(producer);

    private static async Task FollowAsync(PageInput input, IReadOnlyList<IDataflowBlock> blocks)
    {
        try
        {
            foreach (IDataflowBlock block in blocks) await block.Completion.ConfigureAwait(false);
            input.Complete();
        }
#pragma warning disable CA1031 // Whatever ended the block ends the load, and is thrown there.
        catch (Exception error)
#pragma warning restore CA1031
        {
            input.Fault(error);
        }
    }

    private void Cancel(CancellationToken cancellationToken) =>
        Fail(new OperationCanceledException("The load was cancelled; nothing of its transaction was stored.", cancellationToken));

    private void ProducerFailed(PageInput input, Exception error) => ProducerFailed(input.Name, error);

    private void ProducerFailed(string name, Exception error)
    {
        while (error is AggregateException { InnerExceptions: [var only] }) error = only;

        // The token that has cancelled the producer may be the one that cancels the load, a moment later.
        if (error is not OperationCanceledException) Fail(error);
        else if (openToken.IsCancellationRequested) Cancel(openToken);
        else if (commitToken.IsCancellationRequested) Cancel(commitToken);
        else Fail(DatabaseThrow.ProducerCancelled(plan.Server, name, error));
    }

    /// <summary>Does something with the load's connection when nobody else does. An error fails the load.</summary>
    /// <param name="work">The work; not done when the load has failed.</param>
    /// <param name="batch">Given back when the work is not done, or fails.</param>
    private async Task InTurnAsync(Func<Task> work, RowBatch? batch = null)
    {
        await turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (HasFailed)
            {
                batch?.Dispose();
                return;
            }

            isWorking = true;
            await work().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Kept and thrown by the commit.
        catch (Exception error)
#pragma warning restore CA1031
        {
            batch?.Dispose();
            lock (gate) isCommitting = false;
            Fail(error);
        }
        finally
        {
            isWorking = false;
            turn.Release();
        }
    }

    /// <summary>From here on the load cannot be called off.</summary>
    private void BeginCommit()
    {
        lock (gate)
        {
            failure?.Throw();
            isCommitting = true;
        }
    }

    private async Task ThrowFailureAsync()
    {
        await RollbackAsync().ConfigureAwait(false);
        queue.LetNobodyIn();
        await Task.WhenAny(queue.ProducersEnded, Task.Delay(options.DrainLimit)).ConfigureAwait(false);
        await queue.Completion.ConfigureAwait(false);
        failure!.Throw();
    }

    /// <summary>
    /// Gives open pages back and ends the transaction, so that the session neither waits in it nor keeps its locks. Does nothing the second
    /// time.
    /// </summary>
    private async Task RollbackAsync()
    {
        // Whoever fills batches ends soon: what it hands on is taken and given back.
        await filling.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        accumulator.Dispose();
        filling.Release();
        await turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (failure is { } first) clock.Fail(first.SourceException);
            if (transaction is not null) await transaction.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }
}
