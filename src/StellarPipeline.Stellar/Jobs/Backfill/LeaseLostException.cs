using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Another process took over a batch before this process committed it.</summary>
public sealed class LeaseLostException : PipelineException
{
    internal LeaseLostException(string message)
        : base(FailureKind.Database, message)
    {
    }
}
