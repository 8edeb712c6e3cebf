namespace StellarPipeline.Benchmarks.Naive;

/// <summary>A ledger entry as an object.</summary>
internal sealed record LedgerEntryObject(uint LastModifiedLedger, object Body, byte[]? Sponsor);
