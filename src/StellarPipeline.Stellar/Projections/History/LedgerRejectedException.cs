using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>A ledger is damaged, contradicts itself, or has another network or a newer protocol: no row of it was written.</summary>
public sealed class LedgerRejectedException : PipelineException
{
    internal LedgerRejectedException(FailureKind kind, uint ledger, string message, Exception? innerException = null)
        : base(kind, message, innerException) => Ledger = ledger;

    /// <summary>Number of the ledger; 0 if it was not read yet.</summary>
    public uint Ledger { get; }
}
