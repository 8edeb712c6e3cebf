namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Consecutive ledgers with the same state.</summary>
/// <param name="Span">The ledgers.</param>
/// <param name="State">Their state.</param>
/// <param name="Rows">Their rows in the tables.</param>
/// <param name="Reason">Why they are torn, as part of a sentence; empty for other states.</param>
public readonly record struct LedgerSegment(LedgerSpan Span, LedgerState State, TableRows Rows, string Reason = "");
