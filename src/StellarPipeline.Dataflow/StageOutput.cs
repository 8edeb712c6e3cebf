using System.Diagnostics;
using System.Threading.Tasks.Dataflow;

namespace StellarPipeline.Dataflow;

/// <summary>The way out of a stage: passes items to the next stage, waiting while it is full.</summary>
/// <typeparam name="T">What the stage produces.</typeparam>
public sealed class StageOutput<T>
{
    private readonly CancellationToken stop;
    private ITargetBlock<T>? target;
    private TargetKind kind;

    internal StageOutput(StageCounters counters, CancellationToken stop)
    {
        Counters = counters;
        this.stop = stop;
    }

    /// <summary>The counters of the stage that this is the output of.</summary>
    public StageCounters Counters { get; }

    internal ITargetBlock<T> Target =>
        target ?? throw new InvalidOperationException($"The output of stage '{Counters.Stage}' is not linked.");

    /// <summary>What an output is linked to.</summary>
    internal enum TargetKind
    {
        /// <summary>A stage of the same graph.</summary>
        Stage,

        /// <summary>A block of the caller's.</summary>
        Callers,

        /// <summary>The input of an <see cref="IGraphEnd{T}"/>.</summary>
        GraphEnd,
    }

    internal void LinkTo(ITargetBlock<T> next, TargetKind nextKind)
    {
        kind = nextKind;
        if (target is not null)
            throw new InvalidOperationException($"The output of stage '{Counters.Stage}' is linked already: one output feeds one stage.");
        target = next;
    }

    /// <summary>Passes one item on. Ends when the next stage has taken it into its bounded input.</summary>
    /// <param name="item">The item; the next stage owns it from here. If it is not accepted, it is disposed of if possible.</param>
    /// <returns>A task that ends when the item is accepted.</returns>
    /// <exception cref="OperationCanceledException">The graph is stopping; the item was not accepted.</exception>
    public ValueTask SendAsync(T item)
    {
        Task<bool> accepted = Target.SendAsync(item, stop);
        if (!accepted.IsCompletedSuccessfully) return AwaitAsync(accepted, item, isPump: false);
        Confirm(accepted.Result, item);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Hands on what a block has finished, unless the graph stops meanwhile. The wait shows in that block's own pauses and is not counted
    /// twice.
    /// </summary>
    internal async ValueTask TryForwardAsync(T item)
    {
        try
        {
            await AwaitAsync(Target.SendAsync(item, stop), item, isPump: true).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What is left in the block is given back next.
        }
    }

    /// <summary>Tells the next stage that nothing more comes.</summary>
    /// <param name="error">Why items are missing; null after success. A stage of the same graph is stopped already and only has to give
    /// back what waits in it.</param>
    internal void End(Exception? error)
    {
        if (error is null || kind == TargetKind.Stage) target?.Complete();
        else target?.Fault(error);
    }

    private async ValueTask AwaitAsync(Task<bool> sending, T item, bool isPump)
    {
        long started = Stopwatch.GetTimestamp();

        // How long a block of the caller's takes is not for this graph to judge.
        if (kind == TargetKind.Callers) Counters.EnterOutside();
        bool isAccepted = false;
        try
        {
            isAccepted = await sending.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            (item as IDisposable)?.Dispose();
            throw;
        }
        finally
        {
            if (kind == TargetKind.Callers) Counters.LeaveOutside();
            if (!isPump) Counters.AddOutputWait(Stopwatch.GetElapsedTime(started));
        }

        Confirm(isAccepted, item);
    }

    private void Confirm(bool isAccepted, T item)
    {
        if (isAccepted)
        {
            Counters.CountSent();
            return;
        }

        // The next stage has ended: it failed, and the first fault tells why. Never success.
        (item as IDisposable)?.Dispose();
        throw new OperationCanceledException($"Stage '{Counters.Stage}' could not hand its output on: the next stage has ended.", stop);
    }
}
