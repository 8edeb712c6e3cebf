using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>A migration could not be read, planned or run. What was applied before it in the same run stays applied.</summary>
/// <remarks><see cref="FailureKind.Usage"/> for files and schemas that cannot be worked with, before anything was changed;
/// <see cref="FailureKind.Database"/> for what the server refused.</remarks>
public sealed class MigrationException : PipelineException
{
    /// <summary>Makes the failure.</summary>
    /// <param name="kind">What kind of failure this is.</param>
    /// <param name="message">What happened, where, what to do.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public MigrationException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
