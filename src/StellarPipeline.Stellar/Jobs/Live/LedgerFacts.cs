using StellarPipeline.Archive.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>What the job needs to know of a ledger besides its rows.</summary>
/// <param name="Ledger">Its number.</param>
/// <param name="Chain">A chain of this ledger alone, to be joined to those before.</param>
/// <param name="ClosedAt">When it closed, in whole seconds.</param>
/// <param name="Operations">Number of its operations.</param>
/// <param name="TransactionHashes">Hashes of its transactions, of fee bumps the inner ones, in hexadecimal.</param>
internal sealed record LedgerFacts(uint Ledger, LedgerChain Chain, DateTimeOffset ClosedAt, int Operations, IReadOnlyList<string> TransactionHashes);
