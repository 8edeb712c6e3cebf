using System.Collections.Concurrent;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Facts of the encoders for the collector, in key order.</summary>
internal sealed class WalletFacts
{
    public List<ContractFact> Contracts { get; } = [];

    public List<Hash256> Codes { get; } = [];

    /// <summary>Metadata in the instances of token contracts; empty if it was not requested.</summary>
    public List<TokenMetadata> Tokens { get; } = [];
}

/// <summary>
/// Keeps fact objects for the next chunk: lists of thousands of contracts would be allocated on the large object heap each time.
/// </summary>
internal sealed class WalletFactsPool
{
    private readonly ConcurrentBag<WalletFacts> spare = [];

    public WalletFacts Rent() => spare.TryTake(out WalletFacts? facts) ? facts : new WalletFacts();

    public void Return(WalletFacts facts)
    {
        facts.Contracts.Clear();
        facts.Codes.Clear();
        facts.Tokens.Clear();
        spare.Add(facts);
    }
}
