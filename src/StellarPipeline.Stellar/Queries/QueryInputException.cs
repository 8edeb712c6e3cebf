using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Queries;

/// <summary>What was asked for cannot be asked: an address, hash, cursor or limit that is none.</summary>
public sealed class QueryInputException : PipelineException
{
    internal QueryInputException(string message)
        : base(FailureKind.Usage, message)
    {
    }
}
