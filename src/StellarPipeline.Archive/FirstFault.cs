using System.Runtime.ExceptionServices;

namespace StellarPipeline.Archive;

/// <summary>Keeps the first real error of several tasks and stops the others.</summary>
/// <remarks>
/// Later errors are mostly consequences of the first one. A cancellation counts only if no task failed before it.
/// </remarks>
internal sealed class FirstFault : IDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly CancellationToken callerToken;
    private ExceptionDispatchInfo? first;

    /// <summary>Creates a holder; cancelling the caller's token also cancels <see cref="Token"/>.</summary>
    /// <param name="callerToken">The caller's token.</param>
    public FirstFault(CancellationToken callerToken)
    {
        this.callerToken = callerToken;
        stop = CancellationTokenSource.CreateLinkedTokenSource(callerToken);
        Token = stop.Token;
    }

    /// <summary>Cancelled when the caller cancels or the first error is recorded.</summary>
    public CancellationToken Token { get; }

    /// <summary>Keeps the error if it is the first one, and cancels <see cref="Token"/>.</summary>
    /// <param name="error">The error.</param>
    public void Record(Exception error)
    {
        bool consequence = error is OperationCanceledException && Token.IsCancellationRequested;
        if (!consequence)
            Keep(error);
        try
        {
            stop.Cancel();
        }
        catch (AggregateException callbackErrors)
        {
            // A callback registered on the token failed. All other callbacks have still run.
            Keep(callbackErrors);
        }
    }

    /// <summary>Throws the first error; without one, throws if the caller cancelled.</summary>
    public void ThrowIfAny()
    {
        first?.Throw();
        callerToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose() => stop.Dispose();

    private void Keep(Exception error) => Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(error), null);
}
