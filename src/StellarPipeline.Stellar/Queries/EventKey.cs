namespace StellarPipeline.Stellar.Queries;

/// <summary>What names a transaction or operation: its id, and where it is known the close time of its ledger.</summary>
/// <remarks>
/// With the times of all keys, hypertables and partitioned tables open only the chunks that hold them. Without, the id alone finds the row
/// in every chunk's index.
/// </remarks>
/// <param name="Id">The id (SEP-35).</param>
/// <param name="LedgerCreatedAt">When the ledger closed, UTC; null where it is not known.</param>
public readonly record struct EventKey(long Id, DateTime? LedgerCreatedAt = null);
