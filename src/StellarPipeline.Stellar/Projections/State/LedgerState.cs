using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Projections.State;

/// <summary>Facts from a ledger's changes besides their rows.</summary>
/// <param name="Codes">Hashes of the contract codes that the ledger wrote.</param>
/// <param name="Contracts">Contracts with WASM code whose instance the ledger wrote.</param>
/// <param name="ContractsOfOtherCode">Contracts whose code is not in the ledger: each gets a row if its code is in the database.</param>
internal sealed record LedgerState(
    IReadOnlyCollection<Hash256> Codes, IReadOnlyList<Hash256> Contracts,
    IReadOnlyList<(Hash256 Contract, Hash256 Code)> ContractsOfOtherCode);
