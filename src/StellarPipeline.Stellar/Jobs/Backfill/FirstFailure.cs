using System.Runtime.ExceptionServices;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Runs workers side by side. The first failure stops the others and is the one that is thrown.</summary>
internal static class FirstFailure
{
    /// <summary>Runs workers until all have ended.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> workers, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Exception? first = null;
        Exception? cancelled = null;
        await Task.WhenAll(workers.Select(worker => Task.Run(() => WatchAsync(worker), CancellationToken.None))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if ((first ?? cancelled) is { } failure) ExceptionDispatchInfo.Throw(failure);

        async Task WatchAsync(Func<CancellationToken, Task> worker)
        {
            try
            {
                await worker(stop.Token).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Kept, and thrown when all have ended.
            catch (Exception error)
#pragma warning restore CA1031
            {
                // A worker that is cancelled because another failed says nothing about the cause, even if it is seen first.
                if (error is OperationCanceledException) Interlocked.CompareExchange(ref cancelled, error, null);
                else Interlocked.CompareExchange(ref first, error, null);
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }
}
