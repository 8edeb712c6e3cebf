using Microsoft.Extensions.Logging;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// Tries a whole load again when what ended it passes by itself: the server restarted, a connection broke, a dead-lock chose this session.
/// </summary>
/// <remarks>
/// A load is one transaction, so nothing of a failed attempt remains and there is nothing to resume: the next one starts from the archive,
/// whose files come from the same folder or cache. Which failures are worth it: <see cref="TransientFailure"/> and
/// <see cref="LoadAttemptOptions.RetriesToo"/>. All others, a cancellation and a COMMIT with unknown outcome end the work at once. The last
/// failure is thrown as it is.
/// </remarks>
public sealed class LoadAttempts
{
    private readonly RunAttempts attempts;

    /// <summary>Makes a runner.</summary>
    /// <param name="options">How often; null for the defaults.</param>
    /// <param name="loggers">Gets one warning for each failed attempt that is followed by another.</param>
    /// <param name="time">The clock of the waits; null for the system's.</param>
    /// <exception cref="PopulateException">The options are wrong.</exception>
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

    /// <summary>Runs loads until one succeeds or no further one is worth a try.</summary>
    /// <param name="make">Makes the load of an attempt, which is counted from 1. Called once for each attempt, since one
    /// <see cref="CheckpointPopulation"/> makes one load.</param>
    /// <param name="progress">Told about once a second; null for nobody.</param>
    /// <param name="cancellationToken">Ends the attempt that runs, or the wait, and the work.</param>
    /// <returns>The report of the load that was committed, with the number of attempts.</returns>
    /// <exception cref="PipelineException">Why the last attempt failed.</exception>
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
                // When the network was cut, the server may still wait for this session's rows, with its locks; the next attempt has to end
                // it.
                if (population.Session is { } session) lost.Add(session);
            }
        }, cancellationToken);
    }

    /// <summary>Runs any work in the same way.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="attempt">The work; gets the number of the attempt, from 1.</param>
    /// <param name="cancellationToken">Ends the attempt that runs, or the wait, and the work.</param>
    /// <returns>What the attempt gave that succeeded.</returns>
    public Task<T> RunAsync<T>(Func<int, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken) =>
        attempts.RunAsync(attempt, cancellationToken);
}
