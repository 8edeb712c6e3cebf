using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>
/// The tables of the wallet schema (generation G2 of stellar/wallet-backend) that a checkpoint fills, with the columns that are sent. Other
/// columns get the server's default.
/// </summary>
internal static class WalletTables
{
    /// <summary>One row per classic asset that a trustline names.</summary>
    public static CopyTable TrustlineAssets { get; } = new("trustline_assets", "id", "code", "issuer");

    /// <summary>One row per contract that is a token or may be one.</summary>
    public static CopyTable ContractTokens { get; } =
        new("contract_tokens", "id", "contract_id", "type", "code", "issuer", "name", "symbol", "decimals");

    /// <summary>One row per contract code.</summary>
    public static CopyTable ProtocolWasms { get; } = new("protocol_wasms", "wasm_hash");

    /// <summary>One row per contract instance whose code is in the ledger.</summary>
    public static CopyTable ProtocolContracts { get; } = new("protocol_contracts", "contract_id", "wasm_hash");

    /// <summary>One row per account.</summary>
    public static CopyTable NativeBalances { get; } = new(
        "native_balances", "account_id", "balance", "minimum_balance", "buying_liabilities", "selling_liabilities", "num_subentries",
        "last_modified_ledger");

    /// <summary>One row per trustline to a credit asset.</summary>
    public static CopyTable TrustlineBalances { get; } = new(
        "trustline_balances", "account_id", "asset_id", "balance", "trust_limit", "buying_liabilities", "selling_liabilities", "flags",
        "last_modified_ledger");

    /// <summary>One row per constant-product liquidity pool.</summary>
    public static CopyTable LiquidityPools { get; } =
        new("liquidity_pools", "pool_id", "asset_a", "amount_a", "asset_b", "amount_b", "last_modified_ledger");

    /// <summary>One row per trustline to shares of a pool.</summary>
    public static CopyTable LiquidityPoolBalances { get; } =
        new("liquidity_pool_balances", "account_id", "pool_id", "shares", "last_modified_ledger");

    /// <summary>One row per balance that a contract holds in an asset contract.</summary>
    public static CopyTable SacBalances { get; } = new(
        "sac_balances", "account_id", "contract_id", "balance", "is_authorized", "is_clawback_enabled", "last_modified_ledger");

    /// <summary>The cursors of ingestion: the ledger that it has reached.</summary>
    internal static CopyTable IngestStore { get; } = new("ingest_store", "key", "value");

    /// <summary>All tables that a checkpoint fills, parents before children.</summary>
    public static IReadOnlyList<CopyTable> All { get; } =
    [
        TrustlineAssets, ContractTokens, ProtocolWasms, ProtocolContracts,
        NativeBalances, TrustlineBalances, LiquidityPools, LiquidityPoolBalances, SacBalances,
    ];

    /// <summary>Tables of the schema that a checkpoint does not fill, but that refer to tables that it fills.</summary>
    internal static IReadOnlyList<CopyTable> Dependents { get; } =
    [
        new("account_contract_tokens", "contract_id"), new("sep41_balances", "contract_id"), new("sep41_allowances", "contract_id"),
    ];

    /// <summary>The types that the encoders write, for the check before the first byte.</summary>
    /// <param name="table">One of these tables.</param>
    /// <param name="checkpoint">The ledger of the checkpoint; null if it is not known yet.</param>
    internal static TableExpectation Expect(CopyTable table, uint? checkpoint = null) =>
        new(table, [.. table.Columns.Select(column => TypeOf(table, column))])
        {
            Samples = WalletSamples.Of(table, checkpoint),
            Keys = WalletSamples.KeysOf(table),
        };

    private static string TypeOf(CopyTable table, string column) => column switch
    {
        "id" or "asset_id" => "uuid",
        "contract_id" when table.Name == ContractTokens.Name => "text",
        "contract_id" when table.Name == SacBalances.Name => "uuid",
        "contract_id" or "wasm_hash" or "account_id" => "bytea",
        "balance" when table.Name == SacBalances.Name => "numeric",
        "last_modified_ledger" when table.Name == SacBalances.Name => "integer",
        "num_subentries" or "flags" or "decimals" => "integer",
        "is_authorized" or "is_clawback_enabled" => "boolean",
        "code" or "issuer" or "type" or "name" or "symbol" or "pool_id" or "asset_a" or "asset_b" => "text",
        _ => "bigint",
    };
}
