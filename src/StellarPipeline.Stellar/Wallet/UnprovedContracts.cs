using StellarPipeline.Postgres;
using StellarPipeline.Stellar.Populate;

namespace StellarPipeline.Stellar.Wallet;

/// <summary>Contracts with balances in the form that asset contracts store, but without an instance that proves them to be an asset's: what is left out where a constraint wants the proof.</summary>
/// <remarks>A wallet-backend that has this constraint (contract_tokens_sac_has_asset) keeps balances only of contracts whose instance it has seen to be an asset's: internal/services/checkpoint.go, finalize.</remarks>
internal sealed class UnprovedContracts
{
    /// <summary>Ids of their rows, as the balances refer to them.</summary>
    public List<Guid> WithBalances { get; } = [];

    /// <summary>Those of them whose row was written for the balances alone: the checkpoint holds no instance of theirs.</summary>
    public List<Guid> WithRowAlone { get; } = [];

    /// <summary>Balances that were taken out.</summary>
    public long RemovedBalances { get; private set; }

    /// <summary>Rows of contract_tokens that went with them.</summary>
    public long RemovedTokens { get; private set; }

    /// <summary>What an operator should know; empty where nothing was taken out.</summary>
    public IEnumerable<string> Remarks => WithBalances.Count == 0 ? [] : [FormattableString.Invariant(
        $"{RemovedBalances:N0} balances of {WithBalances.Count:N0} contracts were left out: the checkpoint holds no instance that proves the contract to be that of an asset, and a constraint of contract_tokens wants an asset in every such row. The wallet-backend that has this constraint leaves them out, too.")];

    /// <summary>Takes the rows out again, after the last row and before the keys are proved.</summary>
    public async Task RemoveAsync(LoadTransaction load, CancellationToken cancellationToken)
    {
        if (WithBalances.Count == 0) return;
        RemovedBalances = await load.RunAsync($"DELETE FROM {load.Resolve(WalletTables.SacBalances).QualifiedName} WHERE contract_id = ANY ($1)", [WithBalances.ToArray()], cancellationToken).ConfigureAwait(false);
        if (WithRowAlone.Count > 0) RemovedTokens = await load.RunAsync($"DELETE FROM {load.Resolve(WalletTables.ContractTokens).QualifiedName} WHERE id = ANY ($1)", [WithRowAlone.ToArray()], cancellationToken).ConfigureAwait(false);
    }
}
