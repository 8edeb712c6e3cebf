using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>A private server could not be found, made, started or stopped.</summary>
/// <remarks><see cref="FailureKind.Usage"/> where the user can change what was asked for; <see cref="FailureKind.Database"/> where
/// PostgreSQL itself failed.</remarks>
public sealed class EmbeddedServerException : PipelineException
{
    /// <summary>Makes the failure.</summary>
    /// <param name="kind">What kind of failure this is.</param>
    /// <param name="message">What happened, where, what to do.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public EmbeddedServerException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
