using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>A JSON-RPC server did not respond, or its response cannot be used.</summary>
public sealed class RpcException : PipelineException
{
    internal RpcException(string message, bool isPassing, Exception? innerException)
        : base(FailureKind.Archive, message, innerException) => IsPassing = isPassing;

    /// <summary>The code of a JSON-RPC error; 0 for none.</summary>
    public int Code { get; init; }

    /// <summary>True if another attempt may succeed.</summary>
    public bool IsPassing { get; }
}
