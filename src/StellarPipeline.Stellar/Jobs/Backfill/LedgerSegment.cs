namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Consecutive ledgers of which the same is known.</summary>
/// <param name="Span">The ledgers.</param>
/// <param name="State">What is known.</param>
/// <param name="Rows">Rows that are there.</param>
/// <param name="Reason">Why they are torn, as part of a sentence; empty for other states.</param>
public readonly record struct LedgerSegment(LedgerSpan Span, LedgerState State, TableRows Rows, string Reason = "");
