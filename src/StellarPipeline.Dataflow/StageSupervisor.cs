using System.Runtime.ExceptionServices;

namespace StellarPipeline.Dataflow;

/// <summary>
/// Stops all stages on the first fault and keeps that fault: one cancellation for the whole graph, one error for the user.
/// </summary>
/// <remarks>
/// A faulted Dataflow block declines its input for ever and tells only its successors, so a predecessor in SendAsync would wait without
/// end. Every wait in the graph therefore watches <see cref="Token"/>, which is cancelled before a fault is rethrown into the block.
/// </remarks>
internal sealed class StageSupervisor : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private ExceptionDispatchInfo? firstFault;

    public StageSupervisor() => Token = stop.Token;

    /// <summary>Cancelled on the first fault, on the caller's cancellation and when the graph is abandoned.</summary>
    public CancellationToken Token { get; }

    public ExceptionDispatchInfo? FirstFault => Volatile.Read(ref firstFault);

    /// <summary>Turns an exception of a stage's body into what the block has to throw, having stopped the graph.</summary>
    public Exception Report(string stage, Exception error)
    {
        if (error is OperationCanceledException && stop.IsCancellationRequested) return error;

        // Any OperationCanceledException that leaves a delegate makes Dataflow drop the item without a word (an HTTP time-out is one):
        // always convert.
        PipelineException fault = error as PipelineException ?? new StageException(stage, error);
        Interlocked.CompareExchange(ref firstFault, ExceptionDispatchInfo.Capture(fault), null);
        Stop();
        return fault;
    }

    /// <summary>Stops the graph, because its end accepts nothing more.</summary>
    /// <param name="error">Why, as it is to be thrown; null for a cancellation.</param>
    public void ReportEnd(Exception? error)
    {
        if (error is not null && !stop.IsCancellationRequested)
        {
            // Its own words: the stage that feeds it has done nothing wrong.
            Interlocked.CompareExchange(ref firstFault, ExceptionDispatchInfo.Capture(error), null);
        }

        Stop();
    }

    public void Stop() => stop.Cancel();

    public void Dispose() => stop.Dispose();
}
