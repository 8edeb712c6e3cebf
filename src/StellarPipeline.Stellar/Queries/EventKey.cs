namespace StellarPipeline.Stellar.Queries;

/// <summary>Identifies a transaction or operation: its id, and the close time of its ledger if known.</summary>
/// <remarks>
/// If all keys have times, only the chunks or partitions of these times are read. Otherwise the index of every chunk is searched for the
/// id.
/// </remarks>
/// <param name="Id">The id (SEP-35).</param>
/// <param name="LedgerCreatedAt">When the ledger closed, UTC; null if not known.</param>
public readonly record struct EventKey(long Id, DateTime? LedgerCreatedAt = null);
