using System.Globalization;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Projects ledger entries to rows of the wallet tables (generation G2 of stellar/wallet-backend).</summary>
public sealed class WalletProjection : IProjection<LedgerEntryView>
{
    private readonly uint checkpoint;
    private readonly StellarNetwork network;
    private readonly TrustlineAssetTable assets = new();
    private readonly WalletFactsPool factsPool = new();
    private readonly WalletParents parents;
    private readonly bool readsTokens;
    private long removedTokens;

    /// <summary>Creates the projection for one load.</summary>
    /// <param name="checkpoint">The checkpoint's ledger, which becomes last_modified_ledger of every row.</param>
    /// <param name="network">The network, which determines the ids of asset contracts.</param>
    /// <param name="pages">The pool of pages.</param>
    /// <param name="readsTokens">True takes name, symbol and decimals of token contracts from their instance storage; false leaves them
    /// unknown, as wallet-backend does.</param>
    public WalletProjection(uint checkpoint, StellarNetwork network, PagePool pages, bool readsTokens = false)
    {
        this.readsTokens = readsTokens;
        this.checkpoint = checkpoint;
        this.network = network;
        parents = new WalletParents(assets, pages);
        Passphrase = new PassphraseEvidence(network);
    }

    /// <summary>What the entries show about the network's passphrase. Complete when every entry was encoded.</summary>
    public PassphraseEvidence Passphrase { get; }

    /// <summary>
    /// Numbers of contracts with WASM code whose name, symbol and decimals came from their instance storage, and of those without them;
    /// null if they were not requested. Complete after the load.
    /// </summary>
    public (long FromStorage, long Unknown)? Tokens => readsTokens ? (parents.TokensDescribed, parents.TokensUnknown) : null;

    /// <summary>
    /// Whether a row of contract_tokens may call a contract an asset contract only if its instance proves it. Set it before the first
    /// entry. What must then be deleted is in <see cref="Unproved"/>.
    /// </summary>
    internal bool WantsProvedAssets { get => parents.WantsProvedAssets; set => parents.WantsProvedAssets = value; }

    /// <summary>
    /// Contracts with balances that are not proved to be asset contracts. Complete after the last <see cref="LateRows"/>; empty if no proof
    /// is required.
    /// </summary>
    internal UnprovedContracts Unproved => parents.Unproved;

    /// <summary>
    /// Whether to keep contracts whose code is not among the entries, for a caller who can find it elsewhere. Set it before the first
    /// entry.
    /// </summary>
    internal bool KeepsContractsOfOtherCode { get => parents.KeepsContractsOfOtherCode; set => parents.KeepsContractsOfOtherCode = value; }

    /// <summary>Those contracts, each with the hash of its code. Complete after the last <see cref="LateRows"/>.</summary>
    internal IReadOnlyList<(Hash256 Contract, Hash256 Code)> ContractsOfOtherCode => parents.OfOtherCode;

    /// <summary>Contracts with WASM code among the entries. Complete after the last <see cref="LateRows"/>.</summary>
    internal IEnumerable<Hash256> ContractsWithCode => parents.ContractsWithCode;

    /// <summary>Hashes of the codes among the entries.</summary>
    internal IReadOnlyCollection<Hash256> Codes => parents.Codes;

    /// <summary>
    /// Balances that were deleted because no instance proves their contract to be an asset contract. Known after <see cref="BeforeProof"/>.
    /// </summary>
    internal long RemovedBalances { get; private set; }

    /// <summary>What an operator should know about the deletion, as a sentence; null if nothing was deleted.</summary>
    internal string? RemovalRemark =>
        Unproved.WithBalances.Count == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{RemovedBalances:N0} balances of {Unproved.WithBalances.Count:N0} contracts were left out: the checkpoint has no "
                    + $"instance that proves them to be asset contracts, and a constraint of contract_tokens requires an asset in every "
                    + $"such row. The version of wallet-backend that has this constraint leaves them out, too.");

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

    /// <summary>Number of rows that were deleted from a table again.</summary>
    internal long RemovedFrom(CopyTable table) =>
        table.Equals(WalletTables.SacBalances) ? RemovedBalances : table.Equals(WalletTables.ContractTokens) ? removedTokens : 0;

    /// <inheritdoc/>
    public void Dispose() => parents.Dispose();

    /// <summary>
    /// Deletes the balances of contracts that are not proved to be asset contracts, and rows that were written only for such contracts, as
    /// the version of wallet-backend with this constraint does.
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
