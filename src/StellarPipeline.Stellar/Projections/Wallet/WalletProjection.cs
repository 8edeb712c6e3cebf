using System.Globalization;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Ledger entries as rows of the wallet tables (generation G2 of stellar/wallet-backend).</summary>
public sealed class WalletProjection : IProjection<LedgerEntryView>
{
    private readonly uint checkpoint;
    private readonly StellarNetwork network;
    private readonly TrustlineAssetTable assets = new();
    private readonly WalletFactsPool factsPool = new();
    private readonly WalletParents parents;
    private readonly bool readsTokens;
    private long removedTokens;

    /// <summary>Makes the projection for one load.</summary>
    /// <param name="checkpoint">The checkpoint's ledger; every row's last_modified_ledger.</param>
    /// <param name="network">The network, which decides the ids of asset contracts.</param>
    /// <param name="pages">Where pages are rented.</param>
    /// <param name="readsTokens">Takes name, symbol and decimals of token contracts from their instance storage; without it they are
    /// unknown, as wallet-backend leaves them.</param>
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

    /// <summary>
    /// Contracts with WASM code whose name, symbol and decimals came from their instance storage, and those that keep none there; null
    /// where nobody asked. Complete after the load.
    /// </summary>
    public (long FromStorage, long Unknown)? Tokens => readsTokens ? (parents.TokensDescribed, parents.TokensUnknown) : null;

    /// <summary>
    /// Whether no row of contract_tokens may say that a contract is an asset's unless its instance proves it. Set before the first entry;
    /// what must go then is in <see cref="Unproved"/>.
    /// </summary>
    internal bool WantsProvedAssets { get => parents.WantsProvedAssets; set => parents.WantsProvedAssets = value; }

    /// <summary>
    /// Contracts that hold balances and are not proved to be an asset's. Complete after <see cref="LateRows"/> at the end; empty where
    /// nobody wants the proof.
    /// </summary>
    internal UnprovedContracts Unproved => parents.Unproved;

    /// <summary>
    /// Whether contracts whose code is not among the entries are kept, for a caller who can find it elsewhere. Set before the first entry.
    /// </summary>
    internal bool KeepsContractsOfOtherCode { get => parents.KeepsContractsOfOtherCode; set => parents.KeepsContractsOfOtherCode = value; }

    /// <summary>Those contracts, each with the hash of its code. Complete after <see cref="LateRows"/> at the end.</summary>
    internal IReadOnlyList<(Hash256 Contract, Hash256 Code)> ContractsOfOtherCode => parents.OfOtherCode;

    /// <summary>Contracts with WASM code among the entries. Complete after <see cref="LateRows"/> at the end.</summary>
    internal IEnumerable<Hash256> ContractsWithCode => parents.ContractsWithCode;

    /// <summary>Hashes of the codes among the entries.</summary>
    internal IReadOnlyCollection<Hash256> Codes => parents.Codes;

    /// <summary>
    /// Balances that were taken out because no instance proves their contract to be an asset's. Known after <see cref="BeforeProof"/>.
    /// </summary>
    internal long RemovedBalances { get; private set; }

    /// <summary>What an operator should know about that, as a sentence; null where nothing was taken out.</summary>
    internal string? RemovalRemark =>
        Unproved.WithBalances.Count == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{RemovedBalances:N0} balances of {Unproved.WithBalances.Count:N0} contracts were left out: the checkpoint holds no "
                    + $"instance "
                        + $"that proves the contract to be that of an asset, and a constraint of contract_tokens wants an asset in every "
                        + $"such row. The wallet-backend that has this constraint leaves them out, too.");

    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> Tables => WalletTables.All;

    /// <inheritdoc/>
    public IReadOnlyList<TableExpectation> Expected => [.. WalletTables.All.Select(table => WalletTables.Expect(table, checkpoint))];

    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> Dependents => WalletTables.Dependents;

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds => LedgerEntryTypes.Names;

    /// <inheritdoc/>
    public IReadOnlyList<ProjectionOutcome> Outcomes => WalletOutcomes.All;

    /// <inheritdoc/>
    public IReadOnlyList<CommitStep> BeforeProof =>
        [new("complete contract tokens", parents.UpdateAsync), new("leave out unproved contracts", RemoveAsync)];

    /// <inheritdoc/>
    public IRowEncoder<LedgerEntryView> CreateEncoder(PagePool pages) =>
        new WalletEntryEncoder(new WalletClassifier(network, Passphrase), new BalanceRowEncoder(checkpoint, assets, pages),
            new ContractRowEncoder(checkpoint, pages), factsPool, readsTokens);

    /// <inheritdoc/>
    public void Collect(object facts)
    {
        if (facts is not WalletFacts learnt)
            throw new ArgumentException("These are not the facts of this projection's encoders.", nameof(facts));
        parents.Take(learnt);
        factsPool.Return(learnt);
    }

    /// <inheritdoc/>
    public void LateRows(LateRowsMoment moment, CopyTable? table, ICollection<RowPage> rows) => parents.TakeLate(moment, table, rows);

    /// <summary>Rows that were taken out of a table again.</summary>
    internal long RemovedFrom(CopyTable table) =>
        table.Equals(WalletTables.SacBalances) ? RemovedBalances : table.Equals(WalletTables.ContractTokens) ? removedTokens : 0;

    /// <inheritdoc/>
    public void Dispose() => parents.Dispose();

    /// <summary>
    /// Takes out the balances of contracts that are not those of an asset, and rows that were written for such contracts alone: as the
    /// wallet-backend does whose constraint it is.
    /// </summary>
    private async Task RemoveAsync(LoadTransaction load, CancellationToken cancellationToken)
    {
        if (Unproved.WithBalances.Count == 0) return;
        RemovedBalances =
            await load.RunAsync($"DELETE FROM {load.Resolve(WalletTables.SacBalances).QualifiedName} WHERE contract_id = ANY ($1)",
                [Unproved.WithBalances.ToArray()], cancellationToken).ConfigureAwait(false);
        if (Unproved.WithRowAlone.Count > 0)
        {
            removedTokens =
                await load.RunAsync($"DELETE FROM {load.Resolve(WalletTables.ContractTokens).QualifiedName} WHERE id = ANY ($1)",
                    [Unproved.WithRowAlone.ToArray()], cancellationToken).ConfigureAwait(false);
        }
    }
}
