using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live.Tokens;

/// <summary>What is known about the contracts in the ledgers of a transaction, before it opens.</summary>
/// <param name="Contracts">All contracts that were examined.</param>
/// <param name="Described">Contracts that are tokens and have answered.</param>
/// <param name="Pending">Contracts that could not be asked, each with its ledger.</param>
internal sealed record TokenFindings(
    IReadOnlyList<Hash256> Contracts, IReadOnlyList<TokenMetadata> Described, IReadOnlyList<(Hash256 Contract, uint Ledger)> Pending)
{
    /// <summary>There are no contracts.</summary>
    public static TokenFindings None { get; } = new([], [], []);
}
