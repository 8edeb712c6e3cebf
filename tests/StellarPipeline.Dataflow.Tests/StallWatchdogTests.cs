using System.Threading.Tasks.Dataflow;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Dataflow.Tests;

/// <summary>What counts as a stall, on a clock that the tests move.</summary>
public sealed class StallWatchdogTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    private readonly ManualTime time = new();
    private readonly TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task RunAsync_NothingMoves_EndsTheRunAndShowsTheStages()
    {
        using StageGraph graph = Graph();
        StageOutput<int> source = graph.AddSource<int>("source", async (output, token) =>
        {
            await output.SendAsync(1);
            await released.Task.WaitAsync(token);
        });
        Task run = RunWithSinkAsync(graph, source, (_, _, _) => entered.SetResult());
        await entered.Task.WaitAsync(Deadline);

        await time.AdvanceAsync(10 * Limit, Step, run);

        StallException error = await Assert.ThrowsAsync<StallException>(() => run.WaitAsync(Deadline));
        Assert.Contains("sink", error.Message, StringComparison.Ordinal);
        Assert.Contains("received 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NothingMovesDuringAnExternalOperation_IsNoStall()
    {
        using StageGraph graph = Graph();
        StageOutput<int> source = graph.AddSource<int>("source", (output, _) => output.SendAsync(1).AsTask());
        StageInput<int> sink = graph.AddSink<int>("sink", 1, async (_, counters, _) =>
        {
            using (counters.BeginExternalOperation())
            {
                entered.SetResult();
                await released.Task;
            }
        });
        graph.Link(source, sink);
        Task run = graph.RunAsync(default);
        await entered.Task.WaitAsync(Deadline);

        await time.AdvanceAsync(10 * Limit, Step, run);

        Assert.False(run.IsCompleted);
        released.SetResult();
        await run.WaitAsync(Deadline);
        Assert.True(sink.Counters.External > TimeSpan.Zero);
        Assert.True(sink.Counters.Busy >= sink.Counters.External);
    }

    [Fact]
    public async Task RunAsync_SourceWaitsForSomethingOutside_IsAStallOnlyWhenItDoesNoMore()
    {
        using StageGraph graph = Graph();
        bool isWaiting = true;
        StageOutput<int> source = graph.AddSource<int>("source", async (_, token) =>
        {
            entered.SetResult();
            await released.Task.WaitAsync(token);
        }, () => Volatile.Read(ref isWaiting));
        Task run = RunWithSinkAsync(graph, source, (_, _, _) => { });
        await entered.Task.WaitAsync(Deadline);

        await time.AdvanceAsync(10 * Limit, Step, run);
        Assert.False(run.IsCompleted);

        Volatile.Write(ref isWaiting, false);
        await time.AdvanceAsync(10 * Limit, Step, run);
        await Assert.ThrowsAsync<StallException>(() => run.WaitAsync(Deadline));
    }

    [Fact]
    public async Task RunAsync_BlockOfTheCallerTakesNothingForLong_IsNoStall()
    {
        using StageGraph graph = Graph();
        var callers = new ActionBlock<int>(
            async _ =>
            {
                entered.TrySetResult();
                await released.Task;
            },
            new ExecutionDataflowBlockOptions { BoundedCapacity = 1 });
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            await output.SendAsync(1);
            await output.SendAsync(2);
        });
        graph.Link(source, callers);
        Task run = graph.RunAsync(default);
        await entered.Task.WaitAsync(Deadline);

        await time.AdvanceAsync(10 * Limit, Step, run);

        Assert.False(run.IsCompleted);
        released.SetResult();
        await run.WaitAsync(Deadline);
    }

    [Fact]
    public async Task RunAsync_EndOfTheGraphWaitsForTheDatabase_IsAStallOnlyWhenItDoesNoMore()
    {
        using StageGraph graph = Graph();
        var end = new Database { IsWaitingOutside = true };
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            await output.SendAsync(1);
            entered.SetResult();
            await output.SendAsync(2);
        });
        graph.Link(source, end);
        Task run = graph.RunAsync(default);
        await entered.Task.WaitAsync(Deadline);

        await time.AdvanceAsync(10 * Limit, Step, run);
        Assert.False(run.IsCompleted);

        end.IsWaitingOutside = false;
        await time.AdvanceAsync(10 * Limit, Step, run);
        await Assert.ThrowsAsync<StallException>(() => run.WaitAsync(Deadline));
    }

    private StageGraph Graph() => new(new StageGraphOptions { StallLimit = Limit, DrainLimit = Limit }, time: time);

    private static Task RunWithSinkAsync(StageGraph graph, StageOutput<int> source, Action<int, StageCounters, CancellationToken> take)
    {
        StageInput<int> sink = graph.AddSink<int>("sink", 1, (item, counters, token) =>
        {
            take(item, counters, token);
            return ValueTask.CompletedTask;
        });
        graph.Link(source, sink);
        return graph.RunAsync(default);
    }

    /// <summary>Takes one item and no second one.</summary>
    private sealed class Database : IGraphEnd<int>
    {
        private volatile bool isWaiting;

        public bool IsWaitingOutside
        {
            get => isWaiting;
            set => isWaiting = value;
        }

        public Task Failure { get; } = new TaskCompletionSource().Task;

        public ITargetBlock<int> AddInput(string producer) => new BufferBlock<int>(new DataflowBlockOptions { BoundedCapacity = 1 });
    }
}
