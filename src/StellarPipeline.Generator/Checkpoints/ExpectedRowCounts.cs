namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Rows of each wallet table after a load of a generated archive.</summary>
/// <remarks>
/// Follows the rules of stellar/wallet-backend's checkpoint population (generation G2): the native asset's contract yields no rows; an
/// entry with the shape of an asset contract's balance yields a row, whatever its contract is; a contract with only such balances gets a
/// row without an asset code.
/// </remarks>
public sealed record ExpectedRowCounts
{
    /// <summary>native_balances: live accounts.</summary>
    public long NativeBalances { get; init; }

    /// <summary>trustline_balances: live trustlines to credit assets.</summary>
    public long TrustlineBalances { get; init; }

    /// <summary>trustline_assets: distinct credit assets of live trustlines.</summary>
    public long TrustlineAssets { get; init; }

    /// <summary>liquidity_pools: live pools.</summary>
    public long LiquidityPools { get; init; }

    /// <summary>liquidity_pool_balances: live trustlines to pool shares.</summary>
    public long LiquidityPoolBalances { get; init; }

    /// <summary>sac_balances: live contract-data entries with the shape of an asset contract's balance.</summary>
    public long SacBalances { get; init; }

    /// <summary>contract_tokens: verified asset contracts, contracts with WASM code, and contracts with only balances.</summary>
    public long ContractTokens { get; init; }

    /// <summary>protocol_wasms: live contract code.</summary>
    public long ProtocolWasms { get; init; }

    /// <summary>protocol_contracts: WASM instances whose code is live.</summary>
    public long ProtocolContracts { get; init; }

    /// <summary>The counts by table name.</summary>
    /// <returns>Rows by table name.</returns>
    public IReadOnlyDictionary<string, long> ByTable() => new Dictionary<string, long>
    {
        ["native_balances"] = NativeBalances,
        ["trustline_balances"] = TrustlineBalances,
        ["trustline_assets"] = TrustlineAssets,
        ["liquidity_pools"] = LiquidityPools,
        ["liquidity_pool_balances"] = LiquidityPoolBalances,
        ["sac_balances"] = SacBalances,
        ["contract_tokens"] = ContractTokens,
        ["protocol_wasms"] = ProtocolWasms,
        ["protocol_contracts"] = ProtocolContracts,
    };
}
