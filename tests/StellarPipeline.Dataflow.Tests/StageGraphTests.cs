using System.Threading.Tasks.Dataflow;

namespace StellarPipeline.Dataflow.Tests;

public sealed class StageGraphTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task RunAsync_ThreeStages_KeepsOrderAndLosesNothing(int workers)
    {
        var received = new List<int>();
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            for (int i = 0; i < 2000; i++) await output.SendAsync(i);
        });
        (StageInput<int> Input,
            StageOutput<int> Output) transform = graph.AddTransform<int, int>("square", 8, workers, async (item, _, _) =>
            {
                if (item % 7 == 0) await Task.Yield();
                return item * 2;
            });
        (StageInput<int> Input,
            StageOutput<int[]> Output) pairs = graph.AddStage<int, int[]>("pairs", 2, Pairs(out Func<int[]> rest), async (output, _) =>
            {
                if (rest().Length > 0) await output.SendAsync(rest());
            });
        StageInput<int[]> sink = graph.AddSink<int[]>("sink", 1, (item, _, _) =>
        {
            received.AddRange(item);
            return ValueTask.CompletedTask;
        });
        graph.Link(source, transform.Input);
        graph.Link(transform.Output, pairs.Input);
        graph.Link(pairs.Output, sink);

        await graph.RunAsync(default).WaitAsync(Deadline);

        Assert.Equal(Enumerable.Range(0, 2000).Select(i => i * 2), received);
        Assert.All(graph.Stages, stage => Assert.True(stage.HasEnded));
        Assert.Equal(2000, graph.Stages[1].Counters.Received);
        Assert.Equal(667, graph.Stages[3].Counters.Received);
    }

    [Fact]
    public async Task RunAsync_SinkNeverReads_SourceStopsAfterExactlyTheSumOfAllCapacities()
    {
        var open = new TaskCompletionSource();
        int sent = 0;
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            for (int i = 0; i < 1000; i++)
            {
                await output.SendAsync(i);
                Interlocked.Increment(ref sent);
            }
        });
        (StageInput<int> Input,
            StageOutput<int> Output) middle = graph.AddStage<int, int>("middle", 3, (item, output, _) => output.SendAsync(item));
        StageInput<int> sink = graph.AddSink<int>("sink", 2, async (_, _, _) => await open.Task);
        graph.Link(source, middle.Input);
        graph.Link(middle.Output, sink);
        Task run = graph.RunAsync(default);

        // 2 in and before the sink, 3 in and before the middle stage; the source waits with the sixth.
        await WaitUntilAsync(() => Volatile.Read(ref sent) == 5);
        await WaitUntilAsync(() => graph.Stages[1].QueuedItems + graph.Stages[2].QueuedItems == 3);
        Assert.Equal(5, Volatile.Read(ref sent));
        open.SetResult();
        await run.WaitAsync(Deadline);
        Assert.Equal(1000, sent);
    }

    [Fact]
    public async Task RunAsync_SinkFaultsWhileSourceWaitsToSend_EndsWithThatFault()
    {
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            for (int i = 0; ; i++) await output.SendAsync(i);
        });
        (StageInput<int> Input, StageOutput<int> Output) transform =
            graph.AddTransform<int, int>("transform", 2, 1, (item, _, _) => ValueTask.FromResult(item));
        StageInput<int> sink = graph.AddSink<int>("sink", 1, async (item, _, _) =>
        {
            await Task.Yield();
            if (item == 10) throw new KnownFailure("the disk is full");
        });
        graph.Link(source, transform.Input);
        graph.Link(transform.Output, sink);

        KnownFailure error = await Assert.ThrowsAsync<KnownFailure>(() => graph.RunAsync(default).WaitAsync(Deadline));
        Assert.Equal("the disk is full", error.Message);
        Assert.All(graph.Stages, stage => Assert.True(stage.HasEnded));
    }

    [Theory]
    [InlineData("source")]
    [InlineData("transform")]
    [InlineData("stage")]
    [InlineData("complete")]
    [InlineData("sink")]
    public async Task RunAsync_AnyStageThrowsAForeignException_NamesTheStage(string culprit)
    {
        void FailIn(string stage)
        {
            if (stage == culprit) throw new InvalidOperationException("boom");
        }

        using StageGraph graph = FourStages(FailIn);
        StageException error = await Assert.ThrowsAsync<StageException>(() => graph.RunAsync(default).WaitAsync(Deadline));
        Assert.Equal(culprit == "complete" ? "stage" : culprit, error.Stage);
        Assert.Equal(FailureKind.Internal, error.Kind);
        Assert.Contains("boom", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("source")]
    [InlineData("transform")]
    [InlineData("stage")]
    [InlineData("complete")]
    [InlineData("sink")]
    public async Task RunAsync_DelegateThrowsForeignOperationCanceled_FailsInsteadOfDroppingTheItem(string culprit)
    {
        void FailIn(string stage)
        {
            if (stage == culprit) throw new TaskCanceledException("an HTTP time-out");
        }

        using StageGraph graph = FourStages(FailIn);
        StageException error = await Assert.ThrowsAsync<StageException>(() => graph.RunAsync(default).WaitAsync(Deadline));
        Assert.Contains("an HTTP time-out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_TwoStagesFault_ReportsTheFirst()
    {
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", async (output, token) =>
        {
            await output.SendAsync(1);
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            catch (OperationCanceledException)
            {
                throw new KnownFailure("second");
            }
        });
        StageInput<int> sink = graph.AddSink<int>("sink", 1, (_, _, _) => throw new KnownFailure("first"));
        graph.Link(source, sink);
        Assert.Equal("first", (await Assert.ThrowsAsync<KnownFailure>(() => graph.RunAsync(default).WaitAsync(Deadline))).Message);
    }

    [Fact]
    public async Task RunAsync_CallerCancels_EndsWithCancellationAndAllStagesEnded()
    {
        using var cancellation = new CancellationTokenSource();
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            for (int i = 0; ; i++) await output.SendAsync(i);
        });
        StageInput<int> sink = graph.AddSink<int>("sink", 1, async (item, _, token) =>
        {
            if (item == 100) await cancellation.CancelAsync();
            if (item >= 100) await Task.Delay(Timeout.Infinite, token);
        });
        graph.Link(source, sink);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => graph.RunAsync(cancellation.Token).WaitAsync(Deadline));
        Assert.All(graph.Stages, stage => Assert.True(stage.HasEnded));
    }

    [Fact]
    public async Task RunAsync_StageIgnoresTheStop_IsLeftBehindAfterTheDrainLimit()
    {
        var never = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        using var graph = new StageGraph(new StageGraphOptions { DrainLimit = TimeSpan.FromMilliseconds(50) });
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            await output.SendAsync(1);
            await entered.Task;
            throw new KnownFailure("the archive is damaged");
        });
        StageInput<int> sink = graph.AddSink<int>("sink", 1, async (_, _, _) =>
        {
            entered.SetResult();
            await never.Task;
        });
        graph.Link(source, sink);
        await Assert.ThrowsAsync<KnownFailure>(() => graph.RunAsync(default).WaitAsync(Deadline));
        Assert.False(graph.Stages[1].HasEnded);
        never.SetResult();
    }

    [Fact]
    public async Task RunAsync_TransformIgnoresTheStop_HasNotEndedWhileItsBodyRuns()
    {
        var never = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        using var graph = new StageGraph(new StageGraphOptions { DrainLimit = TimeSpan.FromMilliseconds(50) });
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            await output.SendAsync(1);
            await entered.Task;
            throw new KnownFailure("the archive is damaged");
        });
        (StageInput<int> Input, StageOutput<int> Output) transform = graph.AddTransform<int, int>("transform", 2, 1, async (item, _, _) =>
        {
            entered.SetResult();
            await never.Task;
            return item;
        });
        StageInput<int> sink = graph.AddSink<int>("sink", 1, (_, _, _) => ValueTask.CompletedTask);
        graph.Link(source, transform.Input);
        graph.Link(transform.Output, sink);
        await Assert.ThrowsAsync<KnownFailure>(() => graph.RunAsync(default).WaitAsync(Deadline));
        Assert.False(graph.Stages[1].HasEnded);
        never.SetResult();
        await WaitUntilAsync(() => graph.Stages[1].HasEnded);
    }

    [Theory]
    [InlineData("source")]
    [InlineData("transform")]
    [InlineData("stage")]
    public async Task RunAsync_OutputNotLinked_SaysWhichAndStartsNothing(string unlinked)
    {
        bool hasStarted = false;
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", (_, _) =>
        {
            hasStarted = true;
            return Task.CompletedTask;
        });
        (StageInput<int> Input, StageOutput<int> Output) transform =
            graph.AddTransform<int, int>("transform", 2, 1, (item, _, _) => ValueTask.FromResult(item));
        (StageInput<int> Input,
            StageOutput<int> Output) stage = graph.AddStage<int, int>("stage", 2, (item, output, _) => output.SendAsync(item));
        if (unlinked != "source") graph.Link(source, transform.Input);
        if (unlinked != "transform") graph.Link(transform.Output, stage.Input);
        if (unlinked != "stage") graph.Link(stage.Output, graph.AddSink<int>("sink", 1, (_, _, _) => ValueTask.CompletedTask));

        InvalidOperationException error =
            await Assert.ThrowsAsync<InvalidOperationException>(() => graph.RunAsync(default).WaitAsync(Deadline));

        Assert.Contains($"'{unlinked}' is not linked", error.Message, StringComparison.Ordinal);
        Assert.False(hasStarted);
    }

    [Fact]
    public async Task RunAsync_SlowSink_ShowsInTheCountersWhoWaited()
    {
        // The source sends until the counters show it, so that a machine which starts the stages late makes the test longer, not wrong.
        bool wasShown = false;
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            using var deadline = new CancellationTokenSource(Deadline / 2);
            for (int i = 0; !(wasShown = ShowsWhoWaited()) && !deadline.IsCancellationRequested; i++) await output.SendAsync(i);
        });
        (StageInput<int> Input, StageOutput<int> Output) transform =
            graph.AddTransform<int, int>("transform", 2, 1, (item, _, _) => ValueTask.FromResult(item));
        StageInput<int> sink = graph.AddSink<int>("sink", 1, async (_, _, _) => await Task.Delay(20, CancellationToken.None));
        graph.Link(source, transform.Input);
        graph.Link(transform.Output, sink);

        await graph.RunAsync(default).WaitAsync(Deadline);

        Assert.True(wasShown, string.Join("; ", graph.Stages.Select(stage => stage.Counters).Select(counters =>
            $"{counters.Stage} busy {counters.Busy}, waited for input {counters.WaitingForInput}, "
                + $"for output {counters.WaitingForOutput}")));

        bool ShowsWhoWaited()
        {
            StageCounters[] counters = [.. graph.Stages.Select(stage => stage.Counters)];
            return counters[0].WaitingForOutput > counters[0].Busy
                && counters[1].WaitingForOutput > counters[1].WaitingForInput
                && counters[2].Busy > counters[2].WaitingForInput;
        }
    }

    [Fact]
    public async Task RunAsync_OneThousandShortRunsUnderPressure_NeverHangsOrLosesAnItem()
    {
        for (int round = 0; round < 1000; round++)
        {
            int sum = 0;
            int failAt = round % 5 == 0 ? round % 40 : -1;
            using var graph = new StageGraph();
            StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
            {
                for (int i = 0; i < 40; i++) await output.SendAsync(i);
            });
            (StageInput<int> Input, StageOutput<int> Output) transform = graph.AddTransform<int, int>(
                "transform", 3, 2, (item, _, _) => item == failAt ? throw new KnownFailure("x") : ValueTask.FromResult(item));
            StageInput<int> sink = graph.AddSink<int>("sink", 1, (item, _, _) =>
            {
                sum += item;
                return ValueTask.CompletedTask;
            });
            graph.Link(source, transform.Input);
            graph.Link(transform.Output, sink);
            Task run = graph.RunAsync(default).WaitAsync(Deadline);
            if (failAt < 0)
            {
                await run;
                Assert.Equal(780, sum);
            }
            else
            {
                await Assert.ThrowsAsync<KnownFailure>(() => run);
            }
        }
    }

    [Fact]
    public async Task Link_CallersOwnBlock_ReceivesAllAndCompletes()
    {
        int sum = 0;
        var callers = new ActionBlock<int>(item => sum += item, new ExecutionDataflowBlockOptions { BoundedCapacity = 2 });
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            for (int i = 1; i <= 100; i++) await output.SendAsync(i);
        });
        graph.Link(source, callers);
        await graph.RunAsync(default).WaitAsync(Deadline);
        await callers.Completion.WaitAsync(Deadline);
        Assert.Equal(5050, sum);
    }

    [Fact]
    public async Task Link_CallersOwnBlock_IsFaultedWithTheRun()
    {
        var callers = new ActionBlock<int>(_ => { }, new ExecutionDataflowBlockOptions { BoundedCapacity = 2 });
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", (_, _) => throw new KnownFailure("no archive"));
        graph.Link(source, callers);
        await Assert.ThrowsAsync<KnownFailure>(() => graph.RunAsync(default).WaitAsync(Deadline));
        await Assert.ThrowsAsync<KnownFailure>(() => callers.Completion.WaitAsync(Deadline));
    }

    [Fact]
    public void Link_TwoOutputsToOneBlockOfTheCaller_IsRefused()
    {
        using var graph = new StageGraph();
        var callers = new ActionBlock<int>(_ => { });
        graph.Link(graph.AddSource<int>("one", (_, _) => Task.CompletedTask), callers);
        Assert.Throws<InvalidOperationException>(() => graph.Link(graph.AddSource<int>("two", (_, _) => Task.CompletedTask), callers));
    }

    [Theory]
    [InlineData("no stage")]
    [InlineData("source")]
    [InlineData("transform")]
    [InlineData("stage")]
    [InlineData("sink")]
    [InlineData("the caller's token")]
    public async Task RunAsync_ItemsThatHoldMemory_AreGivenBackAfterEveryOutcome(string culprit)
    {
        int made = 0;
        int givenBack = 0;
        using var cancellation = new CancellationTokenSource();
        Lent Make()
        {
            Interlocked.Increment(ref made);
            return new Lent(() => Interlocked.Increment(ref givenBack));
        }

        async Task FailIn(string stage, int number)
        {
            if (number != 30) return;
            if (stage == culprit) throw new KnownFailure("x");
            if (stage == "sink" && culprit.StartsWith("the caller", StringComparison.Ordinal)) await cancellation.CancelAsync();
        }

        int transformed = 0;
        int staged = 0;
        int sunk = 0;
        using var graph = new StageGraph();
        StageOutput<Lent> source = graph.AddSource<Lent>("source", async (output, _) =>
        {
            for (int i = 0; i < 60; i++)
            {
                await FailIn("source", i);
                await output.SendAsync(Make());
            }
        });
        (StageInput<Lent> Input,
            StageOutput<Lent> Output) transform = graph.AddTransform<Lent, Lent>("transform", 6, 3, async (item, _, _) =>
            {
                using (item) await FailIn("transform", Interlocked.Increment(ref transformed));
                return Make();
            });
        (StageInput<Lent> Input, StageOutput<Lent> Output) stage = graph.AddStage<Lent, Lent>("stage", 4, async (item, output, _) =>
        {
            using (item) await FailIn("stage", ++staged);
            await output.SendAsync(Make());
            await output.SendAsync(Make());
        });
        StageInput<Lent> sink = graph.AddSink<Lent>("sink", 3, async (item, _, _) =>
        {
            using (item) await FailIn("sink", ++sunk);
        });
        graph.Link(source, transform.Input);
        graph.Link(transform.Output, stage.Input);
        graph.Link(stage.Output, sink);
        Task run = graph.RunAsync(cancellation.Token).WaitAsync(Deadline);
        if (culprit == "no stage") await run;
        else if (culprit.StartsWith("the caller", StringComparison.Ordinal))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        else await Assert.ThrowsAsync<KnownFailure>(() => run);
        Assert.Equal(made, givenBack);
    }

    [Fact]
    public async Task Stages_ReadFromAnotherThreadWhileTheyAreDeclared_NeverThrows()
    {
        using var graph = new StageGraph();
        using var stop = new CancellationTokenSource();
        var poll = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                foreach (StageGraph.StageStatus stage in graph.Stages) Assert.NotNull(stage.Counters.Stage);
            }
        });
        for (int i = 0; i < 2_000; i++) graph.AddSource<int>($"source {i}", (_, _) => Task.CompletedTask);
        await stop.CancelAsync();
        await poll.WaitAsync(Deadline);
    }

    [Fact]
    public void Link_StageWithTwoFeeders_IsRefused()
    {
        using var graph = new StageGraph();
        StageOutput<int> one = graph.AddSource<int>("one", (_, _) => Task.CompletedTask);
        StageOutput<int> two = graph.AddSource<int>("two", (_, _) => Task.CompletedTask);
        StageInput<int> sink = graph.AddSink<int>("sink", 1, (_, _, _) => ValueTask.CompletedTask);
        graph.Link(one, sink);
        Assert.Throws<InvalidOperationException>(() => graph.Link(two, sink));
    }

    [Fact]
    public async Task RunAsync_Twice_IsRefused()
    {
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", (_, _) => Task.CompletedTask);
        graph.Link(source, graph.AddSink<int>("sink", 1, (_, _, _) => ValueTask.CompletedTask));
        await graph.RunAsync(default).WaitAsync(Deadline);
        await Assert.ThrowsAsync<InvalidOperationException>(() => graph.RunAsync(default));
    }

    private static StageGraph FourStages(Action<string> failIn)
    {
        var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            for (int i = 0; i < 10; i++) await output.SendAsync(i);
            failIn("source");
        });
        (StageInput<int> Input, StageOutput<int> Output) transform = graph.AddTransform<int, int>("transform", 2, 1, (item, _, _) =>
        {
            if (item == 5) failIn("transform");
            return ValueTask.FromResult(item);
        });
        (StageInput<int> Input, StageOutput<int> Output) stage = graph.AddStage<int, int>(
            "stage",
            1,
            (item, output, _) =>
            {
                if (item == 6) failIn("stage");
                return output.SendAsync(item);
            },
            (_, _) =>
            {
                failIn("complete");
                return ValueTask.CompletedTask;
            });
        StageInput<int> sink = graph.AddSink<int>("sink", 1, (item, _, _) =>
        {
            if (item == 7) failIn("sink");
            return ValueTask.CompletedTask;
        });
        graph.Link(source, transform.Input);
        graph.Link(transform.Output, stage.Input);
        graph.Link(stage.Output, sink);
        return graph;
    }

    private static Func<int, StageOutput<int[]>, CancellationToken, ValueTask> Pairs(out Func<int[]> rest)
    {
        var open = new List<int>();
        rest = () => [.. open];
        return async (item, output, _) =>
        {
            open.Add(item);
            if (open.Count < 3) return;
            int[] full = [.. open];
            open.Clear();
            await output.SendAsync(full);
        };
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!condition()) await Task.Delay(5, deadline.Token);
    }

    private sealed class KnownFailure(string message) : PipelineException(FailureKind.Archive, message);

    private sealed class Lent(Action giveBack) : IDisposable
    {
        private int isGivenBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isGivenBack, 1) == 0) giveBack();
        }
    }
}
