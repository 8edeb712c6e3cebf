using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Queries;

/// <summary>A cursor of ingest_store is not what it must be: somebody else moved it, or it holds no ledger.</summary>
public sealed class IngestCursorException : PipelineException
{
    internal IngestCursorException(string key, string message)
        : base(FailureKind.Usage, message) => Key = key;

    /// <summary>Key of the cursor.</summary>
    public string Key { get; }
}
