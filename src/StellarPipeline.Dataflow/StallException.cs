namespace StellarPipeline.Dataflow;

/// <summary>Nothing moved between the stages for longer than the stall limit, although no external operation was under way.</summary>
public sealed class StallException : PipelineException
{
    internal StallException(TimeSpan limit, string table)
        : base(
            FailureKind.Internal,
            $"Nothing moved between the stages for {limit.TotalSeconds:F0} s, and no stage was waiting for anything outside this process. "
                + $"The run was stopped. State of the stages at that time:{Environment.NewLine}{table}")
    {
    }
}
