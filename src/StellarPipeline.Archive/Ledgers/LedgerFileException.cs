using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A file of ledgers cannot be read, or is damaged.</summary>
public sealed class LedgerFileException : PipelineException
{
    internal LedgerFileException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
