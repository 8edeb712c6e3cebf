using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Another process has taken over a batch before it was committed here.</summary>
public sealed class LeaseLostException : PipelineException
{
    internal LeaseLostException(string message)
        : base(FailureKind.Database, message)
    {
    }
}
