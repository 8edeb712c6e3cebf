namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Ledgers that this process is to load, until somebody else takes them.</summary>
/// <param name="Span">The ledgers.</param>
/// <param name="Replaces">Whether rows of them are there, which go first.</param>
/// <param name="Fence">The number under which the batch commits; another one once the ledgers were taken over.</param>
internal sealed record BatchLease(LedgerSpan Span, bool Replaces, long Fence);
