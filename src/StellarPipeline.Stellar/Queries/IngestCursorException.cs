using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Queries;

/// <summary>A cursor of ingest_store does not have the expected value: another program moved it, or it is not a ledger.</summary>
public sealed class IngestCursorException : PipelineException
{
    internal IngestCursorException(string key, string message)
        : base(FailureKind.Usage, message) => Key = key;

    /// <summary>Key of the cursor.</summary>
    public string Key { get; }
}
