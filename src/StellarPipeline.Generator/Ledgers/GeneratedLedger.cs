namespace StellarPipeline.Generator.Ledgers;

/// <summary>One generated ledger.</summary>
/// <param name="Sequence">The ledger's number.</param>
/// <param name="CloseMeta">The encoded LedgerCloseMeta.</param>
/// <param name="Transactions">Number of transactions.</param>
/// <param name="Operations">Number of operations in the envelopes.</param>
public sealed record GeneratedLedger(uint Sequence, ReadOnlyMemory<byte> CloseMeta, int Transactions, int Operations);
