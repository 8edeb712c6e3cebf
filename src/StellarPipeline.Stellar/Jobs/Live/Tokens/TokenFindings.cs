using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live.Tokens;

/// <summary>What is known of the contracts that the ledgers of a transaction bring, before it opens.</summary>
/// <param name="Contracts">Contracts that were looked for.</param>
/// <param name="Described">Those that are tokens and have told of themselves.</param>
/// <param name="Pending">Those that nobody could ask, with the ledger that brought them.</param>
internal sealed record TokenFindings(
    IReadOnlyList<Hash256> Contracts, IReadOnlyList<TokenMetadata> Described, IReadOnlyList<(Hash256 Contract, uint Ledger)> Pending)
{
    /// <summary>The ledgers bring no contract.</summary>
    public static TokenFindings None { get; } = new([], [], []);
}
