using System.Diagnostics;
using System.Threading.Tasks.Dataflow;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Dataflow;

/// <summary>
/// A supervised TPL Dataflow graph with bounded links and one cancellation. The first fault ends the run; it succeeds only if every item
/// was delivered.
/// </summary>
/// <remarks>
/// Declare the stages in data order (<see cref="AddSource{TOut}"/>, <see cref="AddTransform{TIn, TOut}"/>,
/// <see cref="AddStage{TIn, TOut}"/>, <see cref="AddSink{TIn}"/>), link each to the next, then call <see cref="RunAsync"/> once. The bodies
/// of the stages do not depend on blocks, queues or each other. One caller builds and runs a graph; the bodies run on pool threads.
/// </remarks>
public sealed partial class StageGraph : IDisposable
{
    private readonly StageGraphOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly StageSupervisor supervisor = new();
    private readonly IDisposable metrics;
    private volatile IReadOnlyList<StageStatus> stages = [];
    private readonly List<Func<Task>> starts = [];
    private readonly List<Func<(string From, long Sent, string To, long Received)>> links = [];
    private readonly List<Action> linkChecks = [];
    private readonly HashSet<object> fed = [];
    private readonly List<Func<bool>> outside = [];
    private readonly List<(string Stage, Task Failure, IDataflowBlock Input)> ends = [];
    private bool started;

    /// <summary>Creates an empty graph.</summary>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="budget">The byte budget to publish with the metrics; null if the stages share none.</param>
    /// <param name="logger">Receives the faults after the first one; null for none.</param>
    /// <param name="time">Clock of the watchdog; null for the system's.</param>
    public StageGraph(StageGraphOptions? options = null, ByteBudget? budget = null, ILogger? logger = null, TimeProvider? time = null)
    {
        this.options = options ?? new StageGraphOptions();
        this.options.Validate();
        this.time = time ?? TimeProvider.System;
        this.logger = logger ?? NullLogger.Instance;
        metrics = DataflowTelemetry.Stages.Add(() => stages, budget);
    }

    /// <summary>Cancelled when the graph stops, for any reason. Every wait in the body of a stage must use it.</summary>
    public CancellationToken Token => supervisor.Token;

    /// <summary>The stages, in the order of their declaration.</summary>
    public IReadOnlyList<StageStatus> Stages => stages;

    /// <summary>Declares the source of the data.</summary>
    /// <typeparam name="TOut">Type of its output.</typeparam>
    /// <param name="name">Name in reports and metrics.</param>
    /// <param name="produce">Runs once and sends items into the output. Returning means that the input has ended.</param>
    /// <param name="isWaitingOutside">True while the source waits for something outside this process, as
    /// <see cref="StageCounters.BeginExternalOperation"/> marks it in a body; null for never.</param>
    /// <returns>The stage's output.</returns>
    public StageOutput<TOut> AddSource<TOut>(
        string name, Func<StageOutput<TOut>, CancellationToken, Task> produce, Func<bool>? isWaitingOutside = null)
    {
        var counters = new StageCounters(name, 1) { IsWaitingOutside = isWaitingOutside };
        StageOutput<TOut> output = Output<TOut>(counters);
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Register(new StageStatus(counters, completion.Task, () => 0, 0));
        starts.Add(async () =>
        {
            await Task.Yield(); // Do not run the source on the thread that calls RunAsync.
            await EndAsync(output, completion, () => TimedAsync(counters, () => produce(output, Token))).ConfigureAwait(false);
        });
        return output;
    }

    /// <summary>Declares a stage that makes one output from each input, on one or more workers, and keeps the order.</summary>
    /// <typeparam name="TIn">Type of its input.</typeparam>
    /// <typeparam name="TOut">Type of its output.</typeparam>
    /// <param name="name">Name in reports and metrics.</param>
    /// <param name="capacityItems">Maximum number of items waiting, in work, and finished but not yet taken; at least
    /// <paramref name="workers"/> + 1.</param>
    /// <param name="workers">Number of bodies that may run at the same time.</param>
    /// <param name="transform">The work for one item. It owns the item and observes the token.</param>
    /// <returns>The stage's input and output, to be linked.</returns>
    public (StageInput<TIn> Input, StageOutput<TOut> Output) AddTransform<TIn, TOut>(
        string name, int capacityItems, int workers, Func<TIn, StageCounters, CancellationToken, ValueTask<TOut>> transform)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityItems, workers + 1);
        var counters = new StageCounters(name, workers);
        StageOutput<TOut> output = Output<TOut>(counters);
        long lastEnd = 0;
        TransformBlock<TIn, TOut> work = null!;
        work = new TransformBlock<TIn, TOut>(
            async item =>
            {
                // If the delegate of an item is cancelled, the block continues with the next item and sends no output.
                if (IsDropped(item)) throw new OperationCanceledException(Token);
                counters.CountReceived();
                long begin = Stopwatch.GetTimestamp();
                long previousEnd = Interlocked.Exchange(ref lastEnd, 0);

                // If finished outputs are still waiting, the pause was caused by the next stage.
                if (previousEnd != 0) counters.AddIdle(begin - previousEnd, outputWasFull: work.OutputCount > 0);
                try
                {
                    return await transform(item, counters, Token).ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    supervisor.Report(name, error);
                    throw new OperationCanceledException(Token);
                }
                finally
                {
                    long end = Stopwatch.GetTimestamp();
                    counters.AddBusy(end - begin);
                    Interlocked.Exchange(ref lastEnd, end);
                }
            },
            BlockOptions(capacityItems, workers));

        // The pump between the ordered outputs and the next stage counts the items and decides the order of completion.
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Register(new StageStatus(counters, completion.Task, () => work.InputCount, capacityItems));
        starts.Add(() => EndAsync(output, completion, async () =>
        {
            while (await work.OutputAvailableAsync(CancellationToken.None).ConfigureAwait(false))
            {
                while (work.TryReceive(out TOut? item))
                {
                    if (!IsDropped(item)) await output.TryForwardAsync(item).ConfigureAwait(false);
                }
            }

            await work.Completion.ConfigureAwait(false);
        }));
        return (new StageInput<TIn>(work, counters), output);
    }

    /// <summary>
    /// Declares a stage that takes items one at a time and makes any number of outputs from them, also after its input has ended.
    /// </summary>
    /// <typeparam name="TIn">Type of its input.</typeparam>
    /// <typeparam name="TOut">Type of its output.</typeparam>
    /// <param name="name">Name in reports and metrics.</param>
    /// <param name="capacityItems">Maximum number of items waiting and in work.</param>
    /// <param name="take">The work for one item.</param>
    /// <param name="complete">The work after the last item; runs only if every stage before it has succeeded.</param>
    /// <returns>The stage's input and output, to be linked.</returns>
    public (StageInput<TIn> Input, StageOutput<TOut> Output) AddStage<TIn, TOut>(
        string name, int capacityItems, Func<TIn, StageOutput<TOut>, CancellationToken, ValueTask> take,
        Func<StageOutput<TOut>, CancellationToken, ValueTask>? complete = null)
    {
        var counters = new StageCounters(name, 1);
        StageOutput<TOut> output = Output<TOut>(counters);
        ActionBlock<TIn> work = Worker<TIn>(counters, capacityItems, item => take(item, output, Token));
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Register(new StageStatus(counters, completion.Task, () => work.InputCount, capacityItems));
        starts.Add(() => EndAsync(output, completion, async () =>
        {
            await work.Completion.ConfigureAwait(false);
            Token.ThrowIfCancellationRequested(); // A failed earlier stage stops the graph before it completes this input.
            if (complete is not null) await TimedAsync(counters, () => complete(output, Token).AsTask()).ConfigureAwait(false);
        }));
        return (new StageInput<TIn>(work, counters), output);
    }

    /// <summary>Declares the last stage, which takes items one at a time.</summary>
    /// <typeparam name="TIn">Type of its input.</typeparam>
    /// <param name="name">Name in reports and metrics.</param>
    /// <param name="capacityItems">Maximum number of items waiting and in work.</param>
    /// <param name="take">The work for one item.</param>
    /// <returns>The stage's input, to be linked.</returns>
    public StageInput<TIn> AddSink<TIn>(string name, int capacityItems, Func<TIn, StageCounters, CancellationToken, ValueTask> take)
    {
        var counters = new StageCounters(name, 1);
        ActionBlock<TIn> work = Worker<TIn>(counters, capacityItems, item => take(item, counters, Token));
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Register(new StageStatus(counters, completion.Task, () => work.InputCount, capacityItems));
        starts.Add(() => EndAsync<TIn>(null, completion, () => work.Completion));
        return new StageInput<TIn>(work, counters);
    }

    /// <summary>Links a stage to the next one. Links are one to one: an output has one target, and an input has one source.</summary>
    /// <typeparam name="T">Type of the items.</typeparam>
    /// <param name="from">The output of the first stage.</param>
    /// <param name="to">The input of the next stage.</param>
    public void Link<T>(StageOutput<T> from, StageInput<T> to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ThrowIfStarted();
        if (!fed.Add(to))
        {
            throw new InvalidOperationException(
                $"Stage '{to.Counters.Stage}' is already linked: with two sources, the first one to end would complete it.");
        }

        from.LinkTo(to.Block, StageOutput<T>.TargetKind.Stage);
        links.Add(() => (from.Counters.Stage, from.Counters.Sent, to.Counters.Stage, to.Counters.Received));
    }

    /// <summary>
    /// Links the last stage to a block of the caller. The block is completed when the graph succeeds, and faulted when it fails.
    /// </summary>
    /// <typeparam name="T">Type of the items.</typeparam>
    /// <param name="from">The output of the last stage.</param>
    /// <param name="to">The caller's block; the caller awaits its completion. While it takes nothing, the graph waits and does not count as
    /// stalled.</param>
    public void Link<T>(StageOutput<T> from, ITargetBlock<T> to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ThrowIfStarted();
        if (!fed.Add(to))
        {
            throw new InvalidOperationException(
                $"The block after stage '{from.Counters.Stage}' is already linked: with two sources, the first one to end would "
                    + $"complete it.");
        }

        from.LinkTo(to, StageOutput<T>.TargetKind.Callers);
    }

    /// <summary>Links the last stage to an end that other producers may feed too, and that records how each producer ended.</summary>
    /// <typeparam name="T">Type of the items.</typeparam>
    /// <param name="from">The output of the last stage.</param>
    /// <param name="to">The end; the caller awaits its completion. If it fails, the graph fails.</param>
    public void Link<T>(StageOutput<T> from, IGraphEnd<T> to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ThrowIfStarted();
        ITargetBlock<T> input = to.AddInput($"stage '{from.Counters.Stage}'");
        from.LinkTo(input, StageOutput<T>.TargetKind.GraphEnd);
        outside.Add(() => to.IsWaitingOutside);
        ends.Add((from.Counters.Stage, to.Failure, input));
    }

    /// <summary>Runs the graph to its end.</summary>
    /// <param name="cancellationToken">Stops the graph. When the task completes, all stages have ended, except any that exceeded the drain
    /// limit.</param>
    /// <returns>A task that succeeds only if every item was delivered.</returns>
    /// <exception cref="PipelineException">The first fault of any stage.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    /// <exception cref="InvalidOperationException">The graph has already run, or an output is not linked.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (started) throw new InvalidOperationException("A graph can run only once: build a new one for another run.");
        foreach (Action check in linkChecks) check();
        started = true;
        using Activity? activity = DataflowTelemetry.StartGraph();
        CancellationTokenRegistration cancellation = cancellationToken.Register(supervisor.Stop);
        await using (cancellation.ConfigureAwait(false))
        {
            foreach (Func<Task> start in starts) _ = start(); // Awaited through the stages' completions.
            var all = Task.WhenAll(stages.Select(stage => stage.Completion));
            foreach ((_, Task failure, _) in ends) _ = FollowEndAsync(failure, all);
            await WatchAsync(all).ConfigureAwait(false);
            if (!all.IsCompletedSuccessfully) await DrainAsync(all).ConfigureAwait(false);
            if (supervisor.FirstFault is { } fault)
            {
                Telemetry.Fail(activity, fault.SourceException);
                fault.Throw();
            }

            cancellationToken.ThrowIfCancellationRequested();
            await all.ConfigureAwait(false);
            CheckNothingWasLost();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A graph that never ran has not reported its end, and others may wait for it. Faulting an end that has already been reported has
        // no effect.
        foreach ((string stage, _, IDataflowBlock input) in ends)
            input.Fault(new OperationCanceledException($"Stage '{stage}' was disposed before it had ended."));
        metrics.Dispose();
        supervisor.Dispose();
    }

    private StageOutput<TOut> Output<TOut>(StageCounters counters)
    {
        var output = new StageOutput<TOut>(counters, Token);
        linkChecks.Add(() => _ = output.Target);
        return output;
    }

    // No token: a cancelled block drops its waiting items, but items with pooled memory must return it. The bodies handle the stop.
    private static ExecutionDataflowBlockOptions BlockOptions(int capacityItems, int workers) => new()
    {
        BoundedCapacity = capacityItems,
        MaxDegreeOfParallelism = workers,
        MaxMessagesPerTask = DataflowBlockOptions.Unbounded,
        EnsureOrdered = true,
        CancellationToken = CancellationToken.None,
    };

    private ActionBlock<TIn> Worker<TIn>(StageCounters counters, int capacityItems, Func<TIn, ValueTask> take)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityItems, 1);
        return new ActionBlock<TIn>(
            async item =>
            {
                if (IsDropped(item)) return;
                try
                {
                    await counters.MeasureAsync(() => take(item)).ConfigureAwait(false);
                }
                // Kept by the supervisor, which throws the first fault at the end. The block continues, to release its waiting items.
#pragma warning disable CA1031
                catch (Exception error)
#pragma warning restore CA1031
                {
                    supervisor.Report(counters.Stage, error);
                }
            },
            BlockOptions(capacityItems, workers: 1));
    }

    private static async Task TimedAsync(StageCounters counters, Func<Task> body)
    {
        long begin = Stopwatch.GetTimestamp();
        counters.BeginBody(begin);
        try
        {
            await body().ConfigureAwait(false);
        }
        finally
        {
            counters.EndBody(Stopwatch.GetTimestamp() - begin);
        }
    }

    /// <summary>True if the graph has stopped; the item is then disposed.</summary>
    private bool IsDropped<T>(T item)
    {
        if (!Token.IsCancellationRequested) return false;
        (item as IDisposable)?.Dispose();
        return true;
    }

    /// <summary>
    /// Awaits the end of a stage and passes it on. A failure stops the graph; the stages after it then only release their items.
    /// </summary>
    /// <param name="output">The output to the next stage.</param>
    /// <param name="completion">Completed when the stage ends.</param>
    /// <param name="end">Waits for the stage's end.</param>
    private async Task EndAsync<T>(StageOutput<T>? output, TaskCompletionSource completion, Func<Task> end)
    {
        string stage = stages.First(status => ReferenceEquals(status.Completion, completion.Task)).Counters.Stage;
        try
        {
            await end().ConfigureAwait(false);
            Token.ThrowIfCancellationRequested();
            output?.End(null);
            completion.TrySetResult();
        }
        catch (Exception error)
        {
            Exception reported = supervisor.Report(stage, error is AggregateException { InnerException: { } inner } ? inner : error);
            output?.End(supervisor.FirstFault?.SourceException ?? reported);
            if (reported is OperationCanceledException) completion.TrySetCanceled(Token);
            else completion.TrySetException(reported);
        }
    }

    /// <summary>Waits until all stages have ended, the graph is stopped, or a stall is found.</summary>
    private async Task WatchAsync(Task all)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task watch = options.StallLimit == Timeout.InfiniteTimeSpan
            ? Task.Delay(Timeout.InfiniteTimeSpan, watching.Token)
            : new StallWatchdog(() => stages, () => outside.Exists(isWaiting => isWaiting()), options.StallLimit, time).WatchAsync(
                watching.Token);
        await Task.WhenAny(all, watch).ConfigureAwait(false);
        if (watch.IsFaulted) supervisor.Report("watchdog", watch.Exception.InnerException!);
        await watching.CancelAsync().ConfigureAwait(false);
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task FollowEndAsync(Task failure, Task all)
    {
        if (await Task.WhenAny(failure, all).ConfigureAwait(false) == failure) supervisor.ReportEnd(failure.Exception?.InnerException);
    }

    // Copied, because others may read the stages meanwhile (a metrics listener on its own thread).
    private void Register(StageStatus stage) => stages = [.. stages, stage];

    private void ThrowIfStarted()
    {
        if (started) throw new InvalidOperationException("The graph has started: declare and link its stages before it runs.");
    }

    private async Task DrainAsync(Task all)
    {
        supervisor.Stop();
        await all.WaitAsync(options.DrainLimit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (StageStatus stage in stages.Where(stage => !stage.HasEnded))
        {
            DataflowLog.StageLeftBehind(logger, stage.Counters.Stage, options.DrainLimit.TotalSeconds);
        }
    }

    private void CheckNothingWasLost()
    {
        foreach ((string from, long sent, string to, long received) in links.Select(link => link()))
        {
            if (sent == received) continue;
            throw new StageException(
                to, $"Stage '{from}' sent {sent:N0} items, but stage '{to}' took {received:N0}: items were lost between them.");
        }
    }
}
