using System.Diagnostics;
using System.Threading.Tasks.Dataflow;

namespace StellarPipeline.Dataflow;

/// <summary>The way out of a stage: hands items to the next one, waiting while that one is full.</summary>
/// <typeparam name="T">What the stage produces.</typeparam>
public sealed class StageOutput<T>
{
    private readonly CancellationToken stop;
    private ITargetBlock<T>? target;

    internal StageOutput(StageCounters counters, CancellationToken stop)
    {
        Counters = counters;
        this.stop = stop;
    }

    /// <summary>The counters of the stage that this is the output of.</summary>
    public StageCounters Counters { get; }

    internal ITargetBlock<T> Target => target ?? throw new InvalidOperationException($"The output of stage '{Counters.Stage}' is not linked.");

    internal void LinkTo(ITargetBlock<T> next)
    {
        if (target is not null) throw new InvalidOperationException($"The output of stage '{Counters.Stage}' is linked already: one output feeds one stage.");
        target = next;
    }

    /// <summary>Hands one item on. Ends when the next stage has taken it into its bounded input.</summary>
    /// <param name="item">The item; the next stage owns it from here.</param>
    /// <returns>A task that ends when the item is accepted.</returns>
    /// <exception cref="OperationCanceledException">The graph is stopping; the item was not accepted.</exception>
    public ValueTask SendAsync(T item)
    {
        Task<bool> accepted = Target.SendAsync(item, stop);
        if (!accepted.IsCompletedSuccessfully) return AwaitAsync(accepted);
        Confirm(accepted.Result);
        return ValueTask.CompletedTask;
    }

    /// <summary>Hands on what a block has finished: the wait shows in that block's own pauses and is not counted twice.</summary>
    internal async ValueTask ForwardAsync(T item) => Confirm(await Target.SendAsync(item, stop).ConfigureAwait(false));

    private async ValueTask AwaitAsync(Task<bool> accepted)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            Confirm(await accepted.ConfigureAwait(false));
        }
        finally
        {
            Counters.AddOutputWait(Stopwatch.GetElapsedTime(started));
        }
    }

    private void Confirm(bool accepted)
    {
        // False means that the next stage has ended: it failed, and the first fault tells why. Never success.
        if (!accepted) throw new OperationCanceledException($"Stage '{Counters.Stage}' could not hand its output on: the next stage has ended.", stop);
        Counters.CountSent();
    }
}
