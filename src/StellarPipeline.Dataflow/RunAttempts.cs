using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Dataflow;

/// <summary>The one way to retry work: runs it until it succeeds, fails for good, or has failed often enough.</summary>
/// <remarks>
/// The work leaves nothing behind when it fails, so that the next try starts from the beginning. The last failure is thrown as it is. Safe
/// for use by several callers at once.
/// </remarks>
public sealed class RunAttempts
{
    private readonly RunAttemptsOptions options;
    private readonly ILogger logger;

    /// <summary>Creates a runner.</summary>
    /// <param name="options">How often, how long to wait, and after which failures.</param>
    /// <param name="logger">Gets one warning for each failed try that is followed by another, and one for the last; null for
    /// nobody.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one try.</exception>
    public RunAttempts(RunAttemptsOptions options, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Attempts, 1, nameof(options));
        this.options = options;
        this.logger = logger ?? NullLogger.Instance;
    }

    /// <summary>Runs work until it succeeds or another attempt would not help.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="attempt">The work; gets the number of the try, from 1.</param>
    /// <param name="cancellationToken">Ends the try that runs, or the wait, and the work. A failure of the try that ran then is thrown as
    /// it is.</param>
    /// <returns>The result of the attempt that succeeded.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<T> RunAsync<T>(Func<int, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        for (int number = 1; ; number++)
        {
            TimeSpan wait;
            using Activity? activity = DataflowTelemetry.StartAttempt(options.Work, number);
            try
            {
                T result = await attempt(number, cancellationToken).ConfigureAwait(false);
                if (number > 1) DataflowLog.AttemptSucceeded(logger, number);
                return result;
            }
            catch (Exception error)
                when (DataflowTelemetry.Note(activity, error) && !cancellationToken.IsCancellationRequested && options.IsPassing(error))
            {
                if (number == options.Attempts)
                {
                    if (number > 1) DataflowLog.AttemptsUsedUp(logger, number, options.Attempts);
                    throw;
                }

                wait = options.Backoff.After(number);
                DataflowTelemetry.CountRetry(options.Work, error);
                DataflowLog.AttemptFailed(
                    logger, number, options.Attempts, options.Work, wait.TotalSeconds, options.Consequence, error.Message);
            }

            activity?.Dispose(); // The wait is no part of the try.
            await options.Backoff.WaitAsync(wait, cancellationToken).ConfigureAwait(false);
        }
    }
}
