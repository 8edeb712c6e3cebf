using StellarPipeline.Postgres;
using StellarPipeline.Stellar.Projection;

namespace StellarPipeline.Stellar.Wallet;

/// <summary>Ledger entries as rows of the wallet tables (generation G2 of stellar/wallet-backend).</summary>
public sealed class WalletProjection : IEntryProjection
{
    private readonly uint checkpoint;
    private readonly StellarNetwork network;
    private readonly TrustlineAssetTable assets = new();
    private readonly WalletFactsPool factsPool = new();
    private readonly WalletParents parents;
    private readonly bool readsTokens;

    /// <summary>Makes the projection for one load.</summary>
    /// <param name="checkpoint">The checkpoint's ledger; every row's last_modified_ledger.</param>
    /// <param name="network">The network, which decides the ids of asset contracts.</param>
    /// <param name="pages">Where pages are rented.</param>
    /// <param name="readsTokens">Takes name, symbol and decimals of token contracts from their instance storage; without it they are unknown, as wallet-backend leaves them.</param>
    public WalletProjection(uint checkpoint, StellarNetwork network, PagePool pages, bool readsTokens = false)
    {
        this.readsTokens = readsTokens;
        this.checkpoint = checkpoint;
        this.network = network;
        parents = new WalletParents(assets, pages);
        Passphrase = new PassphraseEvidence(network);
    }

    /// <summary>What the entries say about the network's passphrase. Complete when every entry was encoded.</summary>
    public PassphraseEvidence Passphrase { get; }

    /// <summary>Contracts with WASM code whose name, symbol and decimals came from their instance storage, and those that keep none there; null where nobody asked. Complete after the load.</summary>
    public (long FromStorage, long Unknown)? Tokens => readsTokens ? (parents.TokensDescribed, parents.TokensUnknown) : null;

    /// <summary>Whether no row of contract_tokens may say that a contract is an asset's unless its instance proves it. Set before the first entry; what must go then is in <see cref="Unproved"/>.</summary>
    internal bool WantsProvedAssets { get => parents.WantsProvedAssets; set => parents.WantsProvedAssets = value; }

    /// <summary>Contracts that hold balances and are not proved to be an asset's. Complete after <see cref="Complete"/>; empty where nobody wants the proof.</summary>
    internal UnprovedContracts Unproved => parents.Unproved;

    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> Tables => WalletTables.All;

    /// <inheritdoc/>
    public IReadOnlyList<EntryOutcome> Outcomes => WalletOutcomes.All;

    /// <inheritdoc/>
    public IEntryEncoder CreateEncoder(PagePool pages) => new WalletEntryEncoder(new WalletClassifier(network, Passphrase), new BalanceRowEncoder(checkpoint, assets, pages), new ContractRowEncoder(checkpoint, pages), factsPool, readsTokens);

    /// <inheritdoc/>
    public void Collect(ProjectedChunk chunk, ICollection<RowPage> rows)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        if (chunk.Facts is not WalletFacts facts) return;
        chunk.Facts = null;
        parents.Take(facts, rows);
        factsPool.Return(facts);
    }

    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> ParentsOf(CopyTable child)
    {
        ArgumentNullException.ThrowIfNull(child);
        return child.Equals(WalletTables.TrustlineBalances) ? [WalletTables.TrustlineAssets]
            : child.Equals(WalletTables.SacBalances) ? [WalletTables.ContractTokens]
            : child.Equals(WalletTables.ProtocolContracts) ? [WalletTables.ProtocolWasms]
            : [];
    }

    /// <inheritdoc/>
    public void CollectParents(CopyTable child, ICollection<RowPage> rows) => parents.CollectFor(child, rows);

    /// <inheritdoc/>
    public IReadOnlyList<ParentUpdate> Updates => parents.Updates;

    /// <inheritdoc/>
    public void Complete(ICollection<RowPage> rows) => parents.Complete(rows);

    /// <inheritdoc/>
    public void Dispose() => parents.Dispose();
}
