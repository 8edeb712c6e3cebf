namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>What the job needs to know of a ledger besides its rows.</summary>
/// <param name="Ledger">Its number.</param>
/// <param name="ClosedAt">When it closed, in whole seconds.</param>
/// <param name="Operations">Number of its operations.</param>
/// <param name="TransactionHashes">Hashes of its transactions, of fee bumps the inner ones, in hexadecimal.</param>
internal sealed record LedgerFacts(uint Ledger, DateTimeOffset ClosedAt, int Operations, IReadOnlyList<string> TransactionHashes);
