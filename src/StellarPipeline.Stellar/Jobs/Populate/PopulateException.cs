using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>A load was refused, or failed for a reason that concerns more than the archive or the database alone.</summary>
public sealed class PopulateException : PipelineException
{
    internal PopulateException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
