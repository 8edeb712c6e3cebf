namespace StellarPipeline.Dataflow;

/// <summary>
/// A stage failed with an error other than a <see cref="PipelineException"/>, which is the inner exception. Names the stage.
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
