namespace StellarPipeline.Dataflow;

/// <summary>Nothing moved between the stages for longer than the stall limit although no external operation was under way.</summary>
public sealed class StallException : PipelineException
{
    internal StallException(TimeSpan limit, string table)
        : base(
            FailureKind.Internal,
            $"Nothing moved through the pipeline for {limit.TotalSeconds:F0} s and no stage was waiting for the archive or the database. The run was stopped, nothing was committed. "
            + $"This is a bug in stellar-pipeline: please report it with this table.{Environment.NewLine}{table}")
    {
    }
}
