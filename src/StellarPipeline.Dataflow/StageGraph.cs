using System.Diagnostics;
using System.Threading.Tasks.Dataflow;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Dataflow;

/// <summary>A supervised TPL Dataflow graph: bounded links and one cancellation. The first fault wins, and the run succeeds only if every
/// item was delivered.</summary>
/// <remarks>
/// Declare the stages in data order (<see cref="AddSource{TOut}"/>, <see cref="AddTransform{TIn, TOut}"/>,
/// <see cref="AddStage{TIn, TOut}"/>, <see cref="AddSink{TIn}"/>), link each to the next, then call <see cref="RunAsync"/> once. The
/// stages' bodies know nothing of blocks, queues or each other. A graph is built and run by one caller; the bodies run on pool threads.
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
    /// <param name="budget">The byte budget to publish with the metrics, where the stages share one.</param>
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

    /// <summary>Cancelled when the graph stops, for whatever reason. Every wait of a stage's body has to watch it.</summary>
    public CancellationToken Token => supervisor.Token;

    /// <summary>The stages, in the order in which they were declared.</summary>
    public IReadOnlyList<StageStatus> Stages => stages;

    /// <summary>Declares the stage that data comes from.</summary>
    /// <typeparam name="TOut">What it produces.</typeparam>
    /// <param name="name">Name in reports and metrics.</param>
    /// <param name="produce">Runs once; sends into the output until the input is used up. Returning means that nothing more will
    /// come.</param>
    /// <param name="isWaitingOutside">Says whether the source waits for something outside this process now, as
    /// <see cref="StageCounters.BeginExternalOperation"/> does for a body; null for never.</param>
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
            await Task.Yield(); // The caller of RunAsync must not run the source.
            await EndAsync(output, completion, () => TimedAsync(counters, () => produce(output, Token))).ConfigureAwait(false);
        });
        return output;
    }

    /// <summary>Declares a stage that makes one output of each input, on one or more workers, keeping the order.</summary>
    /// <typeparam name="TIn">What it takes.</typeparam>
    /// <typeparam name="TOut">What it makes.</typeparam>
    /// <param name="name">Name in reports and metrics.</param>
    /// <param name="capacityItems">Most items in front of, inside and finished but not yet taken from the stage; at least
    /// <paramref name="workers"/> + 1.</param>
    /// <param name="workers">Bodies that may run at the same time.</param>
    /// <param name="transform">The work. It owns the item and watches the token.</param>
    /// <returns>The input to link to and the output to link on.</returns>
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
                // An item whose delegate is cancelled has no output, and the block goes on with the next one.
                if (IsDropped(item)) throw new OperationCanceledException(Token);
                counters.CountReceived();
                long begin = Stopwatch.GetTimestamp();
                long previousEnd = Interlocked.Exchange(ref lastEnd, 0);

                // Finished outputs that nobody has taken yet mean that the way out was the reason for the pause.
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

        // The pump between the ordered outputs and the next stage: it counts, and it is where the order of completion is decided.
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
    /// Declares a stage that takes items one after another and makes any number of outputs of them, also when its input has ended.
    /// </summary>
    /// <typeparam name="TIn">What it takes.</typeparam>
    /// <typeparam name="TOut">What it makes.</typeparam>
    /// <param name="name">Name in reports and metrics.</param>
    /// <param name="capacityItems">Most items in front of and inside the stage.</param>
    /// <param name="take">The work for one item.</param>
    /// <param name="complete">The work after the last item; runs only when every stage before has ended well.</param>
    /// <returns>The input to link to and the output to link on.</returns>
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
            Token.ThrowIfCancellationRequested(); // A bad end of an earlier stage stops the graph before it ends this one's input.
            if (complete is not null) await TimedAsync(counters, () => complete(output, Token).AsTask()).ConfigureAwait(false);
        }));
        return (new StageInput<TIn>(work, counters), output);
    }

    /// <summary>Declares the stage that data ends in; it takes items one after another.</summary>
    /// <typeparam name="TIn">What it takes.</typeparam>
    /// <param name="name">Name in reports and metrics.</param>
    /// <param name="capacityItems">Most items in front of and inside the stage.</param>
    /// <param name="take">The work for one item.</param>
    /// <returns>The input to link to.</returns>
    public StageInput<TIn> AddSink<TIn>(string name, int capacityItems, Func<TIn, StageCounters, CancellationToken, ValueTask> take)
    {
        var counters = new StageCounters(name, 1);
        ActionBlock<TIn> work = Worker<TIn>(counters, capacityItems, item => take(item, counters, Token));
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Register(new StageStatus(counters, completion.Task, () => work.InputCount, capacityItems));
        starts.Add(() => EndAsync<TIn>(null, completion, () => work.Completion));
        return new StageInput<TIn>(work, counters);
    }

    /// <summary>Links a stage to the next one. One to one: an output feeds one stage, and a stage has one feeder.</summary>
    /// <typeparam name="T">What flows.</typeparam>
    /// <param name="from">The output of the stage before.</param>
    /// <param name="to">The input of the stage after.</param>
    public void Link<T>(StageOutput<T> from, StageInput<T> to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ThrowIfStarted();
        if (!fed.Add(to))
        {
            throw new InvalidOperationException(
                $"Stage '{to.Counters.Stage}' has a source already: when the first of two ended, the stage would be completed.");
        }

        from.LinkTo(to.Block, StageOutput<T>.TargetKind.Stage);
        links.Add(() => (from.Counters.Stage, from.Counters.Sent, to.Counters.Stage, to.Counters.Received));
    }

    /// <summary>
    /// Links the last of our stages to a block of the caller's. The block is completed when the graph succeeds and faulted when it fails.
    /// </summary>
    /// <typeparam name="T">What flows.</typeparam>
    /// <param name="from">The output of our stage.</param>
    /// <param name="to">The caller's block. Its completion is awaited by the caller. While it takes nothing, the graph waits and does not
    /// count as stalled.</param>
    public void Link<T>(StageOutput<T> from, ITargetBlock<T> to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ThrowIfStarted();
        if (!fed.Add(to))
        {
            throw new InvalidOperationException(
                $"The block that '{from.Counters.Stage}' is linked to has a source already: when the first of two ended, the stage would "
                    + $"be completed.");
        }

        from.LinkTo(to, StageOutput<T>.TargetKind.Callers);
    }

    /// <summary>Ends the graph in something that others may feed too, and that knows how each producer ended.</summary>
    /// <typeparam name="T">What flows.</typeparam>
    /// <param name="from">The output of our stage.</param>
    /// <param name="to">The end; the caller awaits its outcome. If it fails, the graph fails.</param>
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
    /// <param name="cancellationToken">Stops the graph; nothing is left running when the task ends, within the drain limit.</param>
    /// <returns>A task that succeeds only when every item was delivered.</returns>
    /// <exception cref="PipelineException">The first fault of any stage.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    /// <exception cref="InvalidOperationException">The graph has run before, or an output is not linked.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (started) throw new InvalidOperationException("A graph runs once: build a new one for another run.");
        foreach (Action check in linkChecks) check();
        started = true;
        using Activity? activity = DataflowTelemetry.StartGraph();
        CancellationTokenRegistration cancellation = cancellationToken.Register(supervisor.Stop);
        await using (cancellation.ConfigureAwait(false))
        {
            foreach (Func<Task> start in starts) _ = start(); // Their ends are awaited through the stages' completions.
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
        // One that never ran has told nobody its end, and others may wait for it. An end that was told before stays.
        foreach ((string stage, _, IDataflowBlock input) in ends)
            input.Fault(new OperationCanceledException($"Stage '{stage}' was disposed of before it had ended."));
        metrics.Dispose();
        supervisor.Dispose();
    }

    private StageOutput<TOut> Output<TOut>(StageCounters counters)
    {
        var output = new StageOutput<TOut>(counters, Token);
        linkChecks.Add(() => _ = output.Target);
        return output;
    }

    // No token: a block that is cancelled drops what waits in it, and items that hold memory of a pool have to give it back. The bodies see
    // to the stop.
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
                // Kept by the supervisor, whose first fault is thrown at the end. The block goes on, to give back what waits in it.
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

    /// <summary>Whether the graph has stopped, so that the item is disposed of.</summary>
    private bool IsDropped<T>(T item)
    {
        if (!Token.IsCancellationRequested) return false;
        (item as IDisposable)?.Dispose();
        return true;
    }

    /// <summary>
    /// Awaits the end of a stage and passes it on. A failure stops the graph; the stages after it then only release what they hold.
    /// </summary>
    /// <param name="output">The way to the stage after.</param>
    /// <param name="completion">Ends with the stage.</param>
    /// <param name="end">The stage's end.</param>
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

    /// <summary>Waits for the end of all stages, for the stop of the graph or for a stall, whichever comes first.</summary>
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

    // Copied, as others may look at the stages meanwhile (a listener of the metrics, on its own thread).
    private void Register(StageStatus stage) => stages = [.. stages, stage];

    private void ThrowIfStarted()
    {
        if (started) throw new InvalidOperationException("The graph is running: link its stages before.");
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
                to, $"Stage '{from}' sent {sent:N0} items, but stage '{to}' took {received:N0}: items were lost on their way.");
        }
    }
}
