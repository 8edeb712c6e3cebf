using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>A backfill was refused, or failed for a reason that concerns more than the source or the database alone.</summary>
public sealed class BackfillException : PipelineException
{
    internal BackfillException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
