using StellarPipeline.Dataflow;

namespace StellarPipeline.LoadTest;

/// <summary>An error of the load test itself. The message says what happened, where, and what to do.</summary>
internal sealed class LoadTestException(FailureKind kind, string message) : PipelineException(kind, message)
{
    public static LoadTestException Usage(string message) => new(FailureKind.Usage, message);

    public static LoadTestException Failed(string message) => new(FailureKind.Internal, message);
}
