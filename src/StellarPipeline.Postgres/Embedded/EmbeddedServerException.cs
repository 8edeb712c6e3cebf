using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>A private server could not be found, created, started or stopped.</summary>
/// <remarks>The kind is <see cref="FailureKind.Usage"/> if the user can correct options, folders or the machine's set-up, and
/// <see cref="FailureKind.Database"/> if PostgreSQL or one of its tools failed.</remarks>
public sealed class EmbeddedServerException : PipelineException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">What kind of failure this is.</param>
    /// <param name="message">What happened, where, what to do.</param>
    /// <param name="innerException">The cause, or null.</param>
    public EmbeddedServerException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
