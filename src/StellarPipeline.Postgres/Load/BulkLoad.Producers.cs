using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Dataflow;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <content>The producers of the load, and what happens to them when it fails.</content>
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
    /// Cancelled when the load fails, is cancelled or is disposed. Producers should watch it: pages that they send afterwards are not
    /// used.
    /// </summary>
    public CancellationToken Token { get; }

    /// <inheritdoc/>
    bool IGraphEnd<RowPage>.IsWaitingOutside => isWorking;

    /// <inheritdoc/>
    Task IGraphEnd<RowPage>.Failure => failed.Task;

    private bool HasFailed => Volatile.Read(ref failure) is not null;

    /// <summary>Completes when the load has failed; does not throw.</summary>
    private Task Failure => Task.WhenAny(failed.Task);

    /// <summary>Adds a producer that is not a Dataflow block.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <returns>Its handle: send pages, then call <see cref="LoadProducer.Complete"/>, then dispose it.</returns>
    /// <exception cref="InvalidOperationException"><see cref="CommitAsync"/> was called.</exception>
    public LoadProducer AddProducer(string name = "a producer")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new LoadProducer(queue.Add(name), Token);
    }

    /// <summary>Adds a Dataflow block as a producer and links it.</summary>
    /// <remarks>
    /// A block that is cancelled or faults fails the load. Dataflow does not tell the next block about a cancellation, so also name the
    /// blocks before <paramref name="source"/> that could be cancelled. Do not give such a block a cancellation token: a cancelled block
    /// drops its pages and never returns them to their pool. Instead, stop its input when <see cref="Token"/> is cancelled. The delegate of
    /// a block must not throw <see cref="OperationCanceledException"/>: Dataflow then drops the item silently.
    /// </remarks>
    /// <param name="source">The block that makes the pages. It must not be linked to anything else.</param>
    /// <param name="before">Blocks before it that must also complete successfully.</param>
    /// <exception cref="InvalidOperationException"><see cref="CommitAsync"/> was called.</exception>
    public void LinkFrom(ISourceBlock<RowPage> source, params IReadOnlyList<IDataflowBlock> before)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(before);
        PageInput input = queue.Add(source.GetType().Name.Split('`')[0]);

        // Not PropagateCompletion: it reports a cancelled block as complete.
        source.LinkTo(input, new DataflowLinkOptions { PropagateCompletion = false });
        _ = FollowAsync(input, [source, .. before]);
    }

    /// <summary>
    /// Adds a producer that encodes items as pages. It is a Dataflow block, already linked to the load, that never drops an item silently.
    /// </summary>
    /// <remarks>
    /// Any exception of <paramref name="encode"/> fails the load. That includes <see cref="OperationCanceledException"/> (for example an
    /// HTTP time-out), for which an ordinary block drops its item and continues. After the load has failed, items are accepted but not
    /// encoded.
    /// </remarks>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <param name="encode">Makes the pages of one item; the load enumerates them at once. It may run on several threads, depending on
    /// <paramref name="options"/>.</param>
    /// <param name="options">Capacity and parallelism, without a token; null for one worker and a capacity of 64 items.</param>
    /// <param name="before">Blocks before it that must also complete successfully.</param>
    /// <returns>The block: send or link items to it, then complete it. Link its source here, or complete it yourself; not both.</returns>
    /// <exception cref="ArgumentException"><paramref name="options"/> contains a cancellation token, which would make the block drop
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
            // Not AddRange: pages made before an error must be returned to their pool.
            foreach (RowPage page in encode(item)) pages.Add(page);
            return pages;
        }
#pragma warning disable CA1031 // Kept and thrown by the commit. The block continues, to return its waiting pages.
        catch (Exception error)
#pragma warning restore CA1031
        {
            foreach (RowPage page in pages) page.Dispose();
            ProducerFailed("an encoder", error);
            return [];
        }
    }

    /// <summary>
    /// Stops the load: nothing is committed, and <see cref="CommitAsync"/> throws the first error. Does nothing once COMMIT is being sent.
    /// </summary>
    /// <param name="error">The reason.</param>
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
        _ = failed.Task.Exception; // Observed here; the commit throws it.

        // Not awaited: callbacks that producers registered with the token may run for long. The rollback runs on another thread, because
        // the caller may hold the turn.
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

        // The token that cancelled the producer may also cancel the load, a moment later.
        if (error is not OperationCanceledException) Fail(error);
        else if (openToken.IsCancellationRequested) Cancel(openToken);
        else if (commitToken.IsCancellationRequested) Cancel(commitToken);
        else Fail(DatabaseThrow.ProducerCancelled(plan.Server, name, error));
    }

    /// <summary>Runs work on the load's connection, one piece of work at a time. An error fails the load.</summary>
    /// <param name="work">The work; skipped if the load has failed.</param>
    /// <param name="batches">Disposed if the work is skipped or fails.</param>
    private async Task InTurnAsync(Func<Task> work, params IReadOnlyList<RowBatch> batches)
    {
        await turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (HasFailed)
            {
                foreach (RowBatch batch in batches) batch.Dispose();
                return;
            }

            isWorking = true;
            await work().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Kept and thrown by the commit.
        catch (Exception error)
#pragma warning restore CA1031
        {
            foreach (RowBatch batch in batches) batch.Dispose();
            lock (gate) isCommitting = false;
            Fail(error);
        }
        finally
        {
            isWorking = false;
            turn.Release();
        }
    }

    /// <summary>From here on the load cannot be stopped. Throws the first error if there was one.</summary>
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
    /// Returns open pages to their pool and ends the transaction, so that the session holds no locks. A second call does nothing.
    /// </summary>
    private async Task RollbackAsync()
    {
        // The thread that fills batches ends soon: after a failure, its batches are accepted and their pages returned.
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
