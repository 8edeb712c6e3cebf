namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Ledgers that are filled beside the tables together, in one transaction.</summary>
/// <param name="Span">The ledgers.</param>
/// <param name="Kind">What becomes of the tables that they fill.</param>
/// <param name="Start">The time from which on the partition or chunk takes rows, in seconds since 1970; zero for a whole table.</param>
/// <param name="End">The time before which it takes them.</param>
internal sealed record BesideUnit(LedgerSpan Span, BesideKind Kind, long Start, long End);
