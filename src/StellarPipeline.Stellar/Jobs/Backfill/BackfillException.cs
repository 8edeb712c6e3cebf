using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>A backfill was refused or failed for a reason that is neither the source's nor the database's alone.</summary>
public sealed class BackfillException : PipelineException
{
    internal BackfillException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
