using Microsoft.Extensions.Logging;

namespace StellarPipeline.Dataflow;

/// <summary>All log messages of this library. Event ids 5000 to 5999; an id never changes its meaning.</summary>
internal static partial class DataflowLog
{
    [LoggerMessage(5000, LogLevel.Warning, "Stage {Stage} did not end within {Seconds} s after the run was stopped and is abandoned.")]
    public static partial void StageLeftBehind(ILogger logger, string stage, double seconds);

    [LoggerMessage(5010, LogLevel.Information, "Attempt {Number} succeeded.")]
    public static partial void AttemptSucceeded(ILogger logger, int number);

    [LoggerMessage(5011, LogLevel.Warning,
        "Attempt {Number} of {Attempts} failed; {Work} starts again in {Seconds:F1} s.{Consequence} Cause: {Cause}")]
    public static partial void AttemptFailed(
        ILogger logger, int number, int attempts, string work, double seconds, string consequence, string cause);

    [LoggerMessage(5012, LogLevel.Warning, "Attempt {Number} of {Attempts} failed too. There are no more attempts.")]
    public static partial void AttemptsUsedUp(ILogger logger, int number, int attempts);
}
