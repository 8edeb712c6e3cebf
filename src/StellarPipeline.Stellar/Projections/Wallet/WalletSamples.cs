using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>
/// One row of each kind that a checkpoint produces, and the unique columns of each table: to test constraints before a load.
/// </summary>
internal static class WalletSamples
{
    /// <summary>
    /// A contract with balances whose instance the checkpoint does not prove to be an asset contract: a load can leave out such rows.
    /// </summary>
    public const string UnprovedAsset = "an asset contract whose asset the checkpoint does not hold";

    private const string Account = "\\x30f0a5a3a5e6dd31ae5cb2f4a3e1c9a6c04a4f2c0bd4a3a4b9bde4a5f4be1f4dd7";
    private const string ContractBytes = "\\x9c1f7a2bb04cbc5a3f0ac71cdb8d2f2aa2ae2bdd4ce6b83cdbdb6ffdd3f1a5e07b";
    private const string Hash = "\\x5b3a1c2f4be08d7c9a60f1e2d3c4b5a697887766554433221100ffeeddccbbaa";
    private const string Id = "5f1c9b04-7a3e-5c21-9d44-0c6a2f1be893";
    private const string Code = "USDC";
    private const string Issuer = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN";
    private const string Contract = "CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75";
    private const string Pool = "dd7b1ab831c273310ddbec6f97870aa83c2fbd78ce22aded37ecbf4f3380fac7";

    // A ledger number like those of the public network, used while the checkpoint is not known.
    private const uint LaterLedger = 60_000_000;

    /// <summary>The kinds of rows of a table, with values in the order of its columns.</summary>
    public static IReadOnlyList<RowSample> Of(CopyTable table, uint? checkpoint)
    {
        string ledger = (checkpoint ?? LaterLedger).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return table.Name switch
        {
            "trustline_assets" => [new("an asset", [Id, Code, Issuer])],
            "contract_tokens" =>
            [
                new("an asset contract", [Id, Contract, "SAC", Code, Issuer, $"{Code}:{Issuer}", Code, "7"]),
                new("a contract with WASM code", [Id, Contract, "UNKNOWN", null, null, null, null, "0"]),
                new(UnprovedAsset, [Id, Contract, "SAC", null, null, null, null, "0"]) { IsAvoidable = true },
            ],
            "protocol_wasms" => [new("a contract code", [Hash])],
            "protocol_contracts" => [new("a contract", [Hash, Hash])],
            "native_balances" => [new("an account", [Account, "25000000000", "10000000", "0", "0", "1", ledger])],
            "trustline_balances" => [new("a trustline", [Account, Id, "0", "9223372036854775807", "0", "0", "1", ledger])],
            "liquidity_pools" => [new("a liquidity pool", [Pool, "native", "1000000000", $"{Code}:{Issuer}", "500000000", ledger])],
            "liquidity_pool_balances" => [new("shares of a liquidity pool", [Account, Pool, "70710678", ledger])],
            "sac_balances" => [new("a balance of a contract", [ContractBytes, Id, "123.0000000", "true", "false", ledger])],
            _ => [],
        };
    }

    /// <summary>Sets of columns that are unique in a table.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> KeysOf(CopyTable table) => table.Name switch
    {
        "trustline_assets" => [["id"], ["code", "issuer"]],
        "contract_tokens" => [["id"], ["contract_id"]],
        "protocol_wasms" => [["wasm_hash"]],
        "protocol_contracts" => [["contract_id"]],
        "native_balances" => [["account_id"]],
        "trustline_balances" => [["account_id", "asset_id"]],
        "liquidity_pools" => [["pool_id"]],
        "liquidity_pool_balances" => [["account_id", "pool_id"]],
        "sac_balances" => [["account_id", "contract_id"]],
        _ => [],
    };
}
