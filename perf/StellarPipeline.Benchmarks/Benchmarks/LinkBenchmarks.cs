using System.Threading.Channels;
using System.Threading.Tasks.Dataflow;
using BenchmarkDotNet.Attributes;
using StellarPipeline.Benchmarks.Harness;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>
/// The cost of passing one message to the next stage. A chunk has some thousand entries; divide by that for the cost per entry.
/// </summary>
public class LinkBenchmarks
{
    private const int Messages = 20_000;
    private const int Capacity = 4;
    private object message = null!;
    private int taken;

    [GlobalSetup]
    public void Setup()
    {
        message = new object();
        WorkAmounts.Record<LinkBenchmarks>(new WorkAmount(0, Messages));
    }

    /// <summary>The lower limit: a call through a delegate on the same thread.</summary>
    [Benchmark(Baseline = true)]
    public int DirectCall()
    {
        Action<object> next = Take;
        for (int i = 0; i < Messages; i++) next(message);
        return taken;
    }

    /// <summary>A bounded channel, one writer and one reader.</summary>
    [Benchmark]
    public async Task<int> BoundedChannel()
    {
        var channel =
            Channel.CreateBounded<object>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
        var reader = Task.Run(async () =>
        {
            while (await channel.Reader.WaitToReadAsync())
            {
                while (channel.Reader.TryRead(out object? item)) Take(item);
            }
        });
        for (int i = 0; i < Messages; i++) await channel.Writer.WriteAsync(message);
        channel.Writer.Complete();
        await reader;
        return taken;
    }

    /// <summary>A bounded block; the input is sent with SendAsync.</summary>
    [Benchmark]
    public async Task<int> BoundedBlock()
    {
        var block = new ActionBlock<object>(Take, new ExecutionDataflowBlockOptions { BoundedCapacity = Capacity });
        for (int i = 0; i < Messages; i++) await block.SendAsync(message);
        block.Complete();
        await block.Completion;
        return taken;
    }

    /// <summary>A link of the product's graph: a bounded block with counters and supervision.</summary>
    [Benchmark]
    public async Task<int> StageLink()
    {
        using var graph = new StageGraph();
        StageOutput<object> source = graph.AddSource<object>("source", async (output, _) =>
        {
            for (int i = 0; i < Messages; i++) await output.SendAsync(message);
        });
        graph.Link(source, graph.AddSink<object>("sink", Capacity, (item, _, _) =>
        {
            Take(item);
            return ValueTask.CompletedTask;
        }));
        await graph.RunAsync(CancellationToken.None);
        return taken;
    }

    private void Take(object item) => taken += item is null ? 0 : 1;
}
