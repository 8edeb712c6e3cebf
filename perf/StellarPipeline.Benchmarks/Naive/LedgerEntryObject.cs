namespace StellarPipeline.Benchmarks.Naive;

/// <summary>A ledger entry as an object model has it.</summary>
internal sealed record LedgerEntryObject(uint LastModifiedLedger, object Body, byte[]? Sponsor);
