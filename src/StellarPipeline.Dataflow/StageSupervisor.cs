using System.Runtime.ExceptionServices;

namespace StellarPipeline.Dataflow;

/// <summary>
/// Stops all stages on the first fault and keeps that fault: one cancellation for the whole graph, one error for the user.
/// </summary>
/// <remarks>
/// A faulted Dataflow block declines all input and notifies only its successors, so a predecessor in SendAsync would wait forever.
/// Therefore every wait in the graph observes <see cref="Token"/>, which is cancelled before a fault is rethrown into the block.
/// </remarks>
internal sealed class StageSupervisor : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private ExceptionDispatchInfo? firstFault;

    public StageSupervisor() => Token = stop.Token;

    /// <summary>Cancelled on the first fault, on the caller's cancellation, and when the graph is abandoned.</summary>
    public CancellationToken Token { get; }

    public ExceptionDispatchInfo? FirstFault => Volatile.Read(ref firstFault);

    /// <summary>Stops the graph and returns the exception that the block must throw for an error in a stage's body.</summary>
    public Exception Report(string stage, Exception error)
    {
        if (error is OperationCanceledException && stop.IsCancellationRequested) return error;

        // If an OperationCanceledException leaves a delegate, Dataflow drops the item silently (an HTTP time-out is such an exception):
        // always convert it.
        PipelineException fault = error as PipelineException ?? new StageException(stage, error);
        Interlocked.CompareExchange(ref firstFault, ExceptionDispatchInfo.Capture(fault), null);
        Stop();
        return fault;
    }

    /// <summary>Stops the graph because its end accepts no more items.</summary>
    /// <param name="error">The error to throw; null for a cancellation.</param>
    public void ReportEnd(Exception? error)
    {
        if (error is not null && !stop.IsCancellationRequested)
        {
            // Thrown unchanged: the stage that feeds the end has not failed.
            Interlocked.CompareExchange(ref firstFault, ExceptionDispatchInfo.Capture(error), null);
        }

        Stop();
    }

    public void Stop() => stop.Cancel();

    public void Dispose() => stop.Dispose();
}
