using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Queries;

/// <summary>An input of a query is not valid: an address, hash, cursor or limit.</summary>
public sealed class QueryInputException : PipelineException
{
    internal QueryInputException(string message)
        : base(FailureKind.Usage, message)
    {
    }
}
