using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Dataflow;

/// <summary>Retries work: runs it until it succeeds, fails with an error that a retry cannot fix, or has used all attempts.</summary>
/// <remarks>
/// The work must leave nothing behind when it fails, because the next attempt starts from the beginning. The last error is thrown
/// unchanged. Thread-safe.
/// </remarks>
public sealed class RunAttempts
{
    private readonly RunAttemptsOptions options;
    private readonly ILogger logger;

    /// <summary>Creates a runner.</summary>
    /// <param name="options">How often to try, how long to wait, and after which errors.</param>
    /// <param name="logger">Receives a warning for each failed attempt; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of attempts is less than 1.</exception>
    public RunAttempts(RunAttemptsOptions options, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Attempts, 1, nameof(options));
        this.options = options;
        this.logger = logger ?? NullLogger.Instance;
    }

    /// <summary>Runs work until it succeeds or another attempt would not help.</summary>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <param name="attempt">The work; receives the number of the attempt, from 1.</param>
    /// <param name="cancellationToken">Cancels the running attempt, or the wait, and ends the work. If the running attempt fails with
    /// another error, that error is thrown.</param>
    /// <returns>The result of the successful attempt.</returns>
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

                // The space belongs to the sentence: without one, the message must not have two in a row.
                string consequence = options.Consequence.Length > 0 ? $" {options.Consequence}" : "";
                DataflowLog.AttemptFailed(
                    logger, number, options.Attempts, options.Work, wait.TotalSeconds, consequence, error.Message);
            }

            activity?.Dispose(); // The wait is not part of the attempt.
            await options.Backoff.WaitAsync(wait, cancellationToken).ConfigureAwait(false);
        }
    }
}
