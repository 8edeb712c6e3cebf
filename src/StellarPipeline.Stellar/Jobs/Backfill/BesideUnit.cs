namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Ledgers that one transaction writes into separate tables.</summary>
/// <param name="Span">The ledgers.</param>
/// <param name="Kind">What becomes of the tables.</param>
/// <param name="Start">Start of the partition or chunk, in seconds since 1970; zero for a whole table.</param>
/// <param name="End">End of the partition or chunk, exclusive, in seconds since 1970; zero for a whole table.</param>
internal sealed record BesideUnit(LedgerSpan Span, BesideKind Kind, long Start, long End);
