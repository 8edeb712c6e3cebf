using System.Runtime.ExceptionServices;

namespace StellarPipeline.Archive;

/// <summary>Keeps the first real error of several tasks and stops the others.</summary>
/// <remarks>
/// The errors that come after the first one are mostly its consequences. A cancellation is an error only when nobody failed before it.
/// </remarks>
internal sealed class FirstFault : IDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly CancellationToken callerToken;
    private ExceptionDispatchInfo? first;

    /// <summary>Makes a fault holder whose token is also cancelled by the caller's.</summary>
    /// <param name="callerToken">The caller's token.</param>
    public FirstFault(CancellationToken callerToken)
    {
        this.callerToken = callerToken;
        stop = CancellationTokenSource.CreateLinkedTokenSource(callerToken);
        Token = stop.Token;
    }

    /// <summary>Cancelled when the caller cancels, or when the first error was recorded.</summary>
    public CancellationToken Token { get; }

    /// <summary>Keeps the error if it is the first, and stops everybody.</summary>
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
            // Whoever waits on the token has registered something that fails. Everybody is told to stop all the same.
            Keep(callbackErrors);
        }
    }

    /// <summary>Throws the first error, or a cancellation where there was only that.</summary>
    public void ThrowIfAny()
    {
        first?.Throw();
        callerToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose() => stop.Dispose();

    private void Keep(Exception error) => Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(error), null);
}
