namespace StellarPipeline.HistoryModel.Rules;

/// <summary>The rules give no rows: wallet-backend stops at this ledger (history rules, section 1.7), or the ledger is not valid.</summary>
public sealed class ModelStop(string reason) : Exception(reason);
