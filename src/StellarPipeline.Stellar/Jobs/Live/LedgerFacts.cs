namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>What the job needs to know of a ledger besides its rows.</summary>
/// <param name="Ledger">Its number.</param>
/// <param name="ClosedAt">When it closed, in whole seconds.</param>
/// <param name="Operations">Number of its operations.</param>
/// <param name="TransactionHashes">Hashes of its transactions in hexadecimal; for a fee bump, the hash of the inner transaction.</param>
internal sealed record LedgerFacts(uint Ledger, DateTimeOffset ClosedAt, int Operations, IReadOnlyList<string> TransactionHashes);
