using System.Diagnostics;
using System.Threading.Tasks.Dataflow;

namespace StellarPipeline.Dataflow;

/// <summary>The output of a stage: passes items to the next stage and waits while that is full.</summary>
/// <typeparam name="T">Type of the items.</typeparam>
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

    /// <summary>The counters of the stage.</summary>
    public StageCounters Counters { get; }

    internal ITargetBlock<T> Target =>
        target ?? throw new InvalidOperationException($"The output of stage '{Counters.Stage}' is not linked.");

    /// <summary>The kind of target of an output.</summary>
    internal enum TargetKind
    {
        /// <summary>A stage of the same graph.</summary>
        Stage,

        /// <summary>A block of the caller.</summary>
        Callers,

        /// <summary>The input of an <see cref="IGraphEnd{T}"/>.</summary>
        GraphEnd,
    }

    internal void LinkTo(ITargetBlock<T> next, TargetKind nextKind)
    {
        kind = nextKind;
        if (target is not null)
            throw new InvalidOperationException($"The output of stage '{Counters.Stage}' is already linked: an output has one target.");
        target = next;
    }

    /// <summary>Sends one item. Completes when the next stage has accepted it into its bounded input.</summary>
    /// <param name="item">The item; the next stage owns it from here on. An item that is not accepted is disposed, if it can be.</param>
    /// <returns>A task that completes when the item is accepted.</returns>
    /// <exception cref="OperationCanceledException">The graph is stopping; the item was not accepted.</exception>
    public ValueTask SendAsync(T item)
    {
        Task<bool> accepted = Target.SendAsync(item, stop);
        if (!accepted.IsCompletedSuccessfully) return AwaitAsync(accepted, item, isPump: false);
        Confirm(accepted.Result, item);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Passes on an item that a block has finished, unless the graph stops meanwhile. The wait appears in that block's own pauses and is
    /// not counted twice.
    /// </summary>
    internal async ValueTask TryForwardAsync(T item)
    {
        try
        {
            await AwaitAsync(Target.SendAsync(item, stop), item, isPump: true).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The remaining items in the block are released next.
        }
    }

    /// <summary>Tells the next stage that no more items come.</summary>
    /// <param name="error">Why items are missing; null after success. A stage of the same graph is already stopped and only has to release
    /// its waiting items.</param>
    internal void End(Exception? error)
    {
        if (error is null || kind == TargetKind.Stage) target?.Complete();
        else target?.Fault(error);
    }

    private async ValueTask AwaitAsync(Task<bool> sending, T item, bool isPump)
    {
        long started = Stopwatch.GetTimestamp();

        // The graph does not judge how long a block of the caller takes.
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

        // The next stage has ended: it failed, and the first fault says why. It cannot have succeeded.
        (item as IDisposable)?.Dispose();
        throw new OperationCanceledException($"Stage '{Counters.Stage}' could not pass on its output: the next stage has ended.", stop);
    }
}
