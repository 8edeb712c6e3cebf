using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>What the wallet projection does with an entry. The value is the index in <see cref="WalletOutcomes.All"/>.</summary>
internal enum WalletOutcome
{
    NativeBalance,
    TrustlineBalance,
    PoolShare,
    LiquidityPool,
    SacBalance,
    AssetContract,
    WasmContract,
    ContractCode,
    TypeNotStored,
    NativeTrustline,
    DataOfAccount,
    OtherContractData,
    BalanceOfOtherShape,
    NativeAssetBalance,
    InstanceWithoutWasm,
    InstanceKeyWithoutInstance,
    ExternalReference,
}

/// <summary>Names and explanations of <see cref="WalletOutcome"/>.</summary>
internal static class WalletOutcomes
{
    public static IReadOnlyList<ProjectionOutcome> All { get; } =
    [
        OneRow(WalletTables.NativeBalances, "An account."),
        OneRow(WalletTables.TrustlineBalances, "A trustline to a credit asset."),
        OneRow(WalletTables.LiquidityPoolBalances, "A trustline to the shares of a liquidity pool."),
        OneRow(WalletTables.LiquidityPools, "A constant-product liquidity pool."),
        OneRow(WalletTables.SacBalances, "A balance that a contract holds, in the form that asset contracts store."),
        Written("contract_tokens (asset contract)", "An instance of an asset contract whose id is derived from its asset."),
        Written("contract_tokens (WASM contract)", "An instance of a contract with WASM code."),
        OneRow(WalletTables.ProtocolWasms, "A contract code."),
        Skipped("type_not_stored", "The wallet schema has no table for entries of this type."),
        Skipped("native_trustline", "A trustline to the native asset, which the ledger does not allow."),
        Skipped("not_a_contract", "Contract data that does not belong to a contract (nonces of accounts, for example)."),
        Skipped("other_contract_data", "Contract data that is neither an instance nor a balance."),
        Skipped("balance_of_other_shape", "A balance entry that does not have the form that asset contracts store for contracts."),
        Skipped("native_asset_balance", "A balance in the native asset's contract, which wallet-backend does not store."),
        Skipped("instance_without_wasm", "An instance that has no WASM code and is not the contract of a credit asset."),
        Skipped("instance_key_without_instance", "An instance key whose value is not an instance."),
        Skipped(
            "external_reference",
            "An instance of a contract that runs code named by another address's data (CAP-85, protocol 28), and so has no hash of its "
                + "own."),
    ];

    private static ProjectionOutcome OneRow(CopyTable table, string explanation) => new(table.Name, true, explanation) { OneRowOf = table };

    private static ProjectionOutcome Written(string table, string explanation) => new(table, true, explanation);

    private static ProjectionOutcome Skipped(string reason, string explanation) => new(reason, false, explanation);
}
