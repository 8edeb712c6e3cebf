using System.Collections.Concurrent;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>What the encoders tell the collector besides rows, in key order.</summary>
internal sealed class WalletFacts
{
    public List<ContractFact> Contracts { get; } = [];

    public List<Hash256> Codes { get; } = [];

    /// <summary>What token contracts say of themselves; empty where nobody asked.</summary>
    public List<TokenMetadata> Tokens { get; } = [];
}

/// <summary>
/// Keeps facts for the next chunk: lists of thousands of contracts would come from the large object heap again and again.
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
