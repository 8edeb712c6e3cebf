namespace StellarPipeline.Dataflow;

/// <summary>A stage ended with an error that is not one of the failures it is documented to have: a bug of ours, with the stage named.</summary>
public sealed class StageException : PipelineException
{
    internal StageException(string stage, Exception cause)
        : base(
            FailureKind.Internal,
            $"Stage '{stage}' failed with {cause.GetType().Name}: {cause.Message} This is a bug in stellar-pipeline: please report it with this message and the stack trace.",
            cause) => Stage = stage;

    internal StageException(string stage, string message)
        : base(FailureKind.Internal, message) => Stage = stage;

    /// <summary>The stage that failed.</summary>
    public string Stage { get; }
}
