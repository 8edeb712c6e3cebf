using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>A server that is asked by JSON-RPC gave no answer, or one that cannot be used.</summary>
public sealed class RpcException : PipelineException
{
    internal RpcException(string message, bool isPassing, Exception? innerException)
        : base(FailureKind.Archive, message, innerException) => IsPassing = isPassing;

    /// <summary>The code of a JSON-RPC error; 0 where there was none.</summary>
    public int Code { get; init; }

    /// <summary>Whether another try may be answered.</summary>
    public bool IsPassing { get; }
}
