using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Live ingestion was refused, or stopped for a reason that concerns more than the source or the database alone.</summary>
public sealed class LiveException : PipelineException
{
    internal LiveException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
