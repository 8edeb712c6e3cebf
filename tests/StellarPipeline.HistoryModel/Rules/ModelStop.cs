namespace StellarPipeline.HistoryModel;

/// <summary>The rules give no rows: wallet-backend stops at this ledger (history rules, section 1.7), or the ledger is not valid.</summary>
public sealed class ModelStop(string reason) : Exception(reason)
{
    /// <summary>An entry changed or went without its state before: no network writes that.</summary>
    public bool IsUnpaired { get; init; }
}
