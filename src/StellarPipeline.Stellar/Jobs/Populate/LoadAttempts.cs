using Microsoft.Extensions.Logging;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// Tries a whole load again after a transient failure: the server restarted, the connection broke, or the server ended a deadlock.
/// </summary>
/// <remarks>
/// A load is one transaction, so a failed attempt leaves nothing and there is nothing to resume: the next attempt starts from the archive,
/// whose files come from the same folder or cache. <see cref="TransientFailure"/> and <see cref="LoadAttemptOptions.RetriesToo"/> select
/// the failures that are retried. All others, a cancellation, and a COMMIT with unknown outcome end the work at once. The last failure is
/// thrown unchanged.
/// </remarks>
public sealed class LoadAttempts
{
    private readonly RunAttempts attempts;

    /// <summary>Creates an instance.</summary>
    /// <param name="options">Number of attempts and waits; null for the defaults.</param>
    /// <param name="loggers">Gets a warning for each failed attempt that is followed by another.</param>
    /// <param name="time">The clock for the waits; null for the system clock.</param>
    /// <exception cref="PopulateException">An option is out of range.</exception>
    public LoadAttempts(LoadAttemptOptions? options, ILoggerFactory loggers, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(loggers);
        options ??= new LoadAttemptOptions();
        options.Validate();
        attempts = new RunAttempts(
            new RunAttemptsOptions
            {
                Attempts = options.Attempts,
                Backoff = new Backoff(options.FirstDelay, options.LongestDelay, time: time),
                IsPassing =
                    error => error is PipelineException && (TransientFailure.Is(error) || options.RetriesToo?.Invoke(error) == true),
                Work = "the whole load",
                Consequence = "Nothing of it was committed.",
            },
            loggers.CreateLogger<LoadAttempts>());
    }

    /// <summary>Runs loads until one succeeds or another attempt is not worthwhile.</summary>
    /// <param name="make">Creates the load of an attempt, which is counted from 1. Called once for each attempt, because a
    /// <see cref="CheckpointPopulation"/> makes one load.</param>
    /// <param name="progress">Gets a report about once a second; null for none.</param>
    /// <param name="cancellationToken">Stops the current attempt or wait, and the work.</param>
    /// <returns>The report of the load that was committed, with the number of attempts.</returns>
    /// <exception cref="PipelineException">The last attempt failed.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; nothing was committed.</exception>
    public Task<PopulateReport> RunAsync(
        Func<int, CheckpointPopulation> make, IProgress<PopulateProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(make);
        var lost = new List<ServerSession>();
        var failures = new List<string>();
        return RunAsync(async (attempt, token) =>
        {
            CheckpointPopulation population = make(attempt);
            population.LostSessions = [.. lost];
            try
            {
                return await population.RunAsync(progress, token).ConfigureAwait(false) with
                {
                    Attempts = attempt,
                    FailedAttempts = [.. failures],
                };
            }
            catch (PipelineException error)
            {
                failures.Add(error.Message);
                throw;
            }
            finally
            {
                // If the network was cut, the server may still wait for this session's rows and hold its locks; the next attempt must
                // terminate it.
                if (population.Session is { } session) lost.Add(session);
            }
        }, cancellationToken);
    }

    /// <summary>Runs any work with the same retries.</summary>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <param name="attempt">The work; gets the number of the attempt, from 1.</param>
    /// <param name="cancellationToken">Stops the current attempt or wait, and the work.</param>
    /// <returns>The result of the successful attempt.</returns>
    public Task<T> RunAsync<T>(Func<int, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken) =>
        attempts.RunAsync(attempt, cancellationToken);
}
