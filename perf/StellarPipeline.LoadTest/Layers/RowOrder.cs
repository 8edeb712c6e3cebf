using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The order in which a load sends the rows of the tables: in key order of the ledger, parents last.</summary>
internal static class RowOrder
{
    public static IReadOnlyList<CopyTable> Tables { get; } =
    [
        WalletTables.NativeBalances, WalletTables.TrustlineBalances, WalletTables.LiquidityPoolBalances, WalletTables.LiquidityPools,
        WalletTables.SacBalances,
        WalletTables.TrustlineAssets, WalletTables.ContractTokens, WalletTables.ProtocolWasms, WalletTables.ProtocolContracts,
    ];
}
