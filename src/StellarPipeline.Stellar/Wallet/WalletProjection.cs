using StellarPipeline.Postgres;
using StellarPipeline.Stellar.Projection;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Wallet;

/// <summary>Ledger entries as rows of the wallet tables (generation G2 of stellar/wallet-backend).</summary>
public sealed class WalletProjection : IProjection<LedgerEntryView>
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

    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> Tables => WalletTables.All;

    /// <inheritdoc/>
    public IReadOnlyList<TableExpectation> Expected => [.. WalletTables.All.Select(WalletTables.Expect)];

    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> Dependents => WalletTables.Dependents;

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds => LedgerEntryTypes.Names;

    /// <inheritdoc/>
    public IReadOnlyList<ProjectionOutcome> Outcomes => WalletOutcomes.All;

    /// <inheritdoc/>
    public IReadOnlyList<CommitStep> BeforeProof => [new("complete contract tokens", parents.UpdateAsync)];

    /// <inheritdoc/>
    public IRowEncoder<LedgerEntryView> CreateEncoder(PagePool pages) => new WalletEntryEncoder(new WalletClassifier(network, Passphrase), new BalanceRowEncoder(checkpoint, assets, pages), new ContractRowEncoder(checkpoint, pages), factsPool, readsTokens);

    /// <inheritdoc/>
    public void Collect(object facts)
    {
        if (facts is not WalletFacts learnt) throw new ArgumentException("These are not the facts of this projection's encoders.", nameof(facts));
        parents.Take(learnt);
        factsPool.Return(learnt);
    }

    /// <inheritdoc/>
    public void LateRows(LateRowsMoment moment, CopyTable? table, ICollection<RowPage> rows) => parents.TakeLate(moment, table, rows);

    /// <inheritdoc/>
    public void Dispose() => parents.Dispose();
}
