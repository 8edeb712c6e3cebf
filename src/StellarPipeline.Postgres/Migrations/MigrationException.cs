using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>A migration could not be read, planned or run. What was applied before it in the same run stays applied.</summary>
/// <remarks><see cref="FailureKind.Usage"/> for unusable files and schemas, before anything was changed;
/// <see cref="FailureKind.Database"/> for errors of the server.</remarks>
public sealed class MigrationException : PipelineException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">What kind of failure this is.</param>
    /// <param name="message">What happened, where, what to do.</param>
    /// <param name="innerException">The cause; null if there is none.</param>
    public MigrationException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
