namespace StellarPipeline.Dataflow;

/// <summary>
/// A stage ended with an error that is no <see cref="PipelineException"/>: it is the inner exception, and the stage is named.
/// </summary>
public sealed class StageException : PipelineException
{
    internal StageException(string stage, Exception cause)
        : base(
            FailureKind.Internal,
            $"Stage '{stage}' failed with {cause.GetType().Name}: {cause.Message}",
            cause) => Stage = stage;

    internal StageException(string stage, string message)
        : base(FailureKind.Internal, message) => Stage = stage;

    /// <summary>The stage that failed.</summary>
    public string Stage { get; }
}
