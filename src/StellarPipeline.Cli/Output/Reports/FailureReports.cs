using StellarPipeline.Cli.Configuration;
using StellarPipeline.Cli.Output.Logging;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>Runs the work of a job, and also writes a report if it is refused, fails or is stopped.</summary>
/// <param name="reports">Where reports go.</param>
internal sealed class FailureReports(ReportFiles reports)
{
    private readonly DateTimeOffset started = DateTimeOffset.UtcNow;

    /// <summary>The places that the job reads, as the user named them.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>The target database, as the user named it; null for the private server.</summary>
    public string? Database { get; init; }

    /// <summary>The current phase; null if the job has none.</summary>
    public Func<string>? Phase { get; init; }

    /// <summary>Called with the outcome of the work and its error; may be null.</summary>
    public Action<string, string>? Failed { get; init; }

    /// <summary>Runs the work.</summary>
    /// <typeparam name="T">Type of its result.</typeparam>
    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception error) when (!Outcome.IsCommitted)
        {
            int code = error is PipelineException known
                ? ExitCode.Of(known.Kind)
                : error is OperationCanceledException ? ExitCode.Interrupted : ExitCode.Bug;
            string outcome = code switch { ExitCode.Usage => "refused", ExitCode.Interrupted => "interrupted", _ => "failed" };
            string message = Hints.Message(error);
            Failed?.Invoke(outcome, message);
            await reports.WriteAsync(new RunFailure
            {
                Outcome = outcome,
                ExitCode = code,
                Error = message,
                Program = Product.Version,
                Archive = string.Join(", ", Sources.Select(place => SecretText.Of("--source", place))),
                Database = Database is null ? "" : SecretText.Of("--database", Database),
                Started = started,
                Ended = DateTimeOffset.UtcNow,
                Phase = Phase?.Invoke() ?? "",
                Events =
                    [.. LogEvents.Instance.Recent.Select(
                        seen => FormattableString.Invariant($"{seen.Time.UtcDateTime:HH:mm:ss} {seen.Level} {seen.Id} {seen.Text}"))],
            });
            throw;
        }
    }
}
