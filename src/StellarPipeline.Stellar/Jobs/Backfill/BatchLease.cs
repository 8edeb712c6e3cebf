namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>The right of this process to load some ledgers, until it loads them or another process takes them over.</summary>
/// <param name="Span">The ledgers.</param>
/// <param name="Replaces">Whether the batch first deletes rows of these ledgers.</param>
/// <param name="Fence">Fencing number that is checked at COMMIT. It changes when another process takes over the ledgers.</param>
internal sealed record BatchLease(LedgerSpan Span, bool Replaces, long Fence);
