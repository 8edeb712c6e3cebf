using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Stellar.Projections.State;

/// <summary>The tables of the current state as ledgers change them: parents are added, balances are changed and removed.</summary>
internal static class StateTables
{
    // No column of these tables has this name.
    private const string Gone = "is_gone";

    private static readonly Dictionary<CopyTable, RowMarker> MarkerOf = new CopyTable[]
    {
        WalletTables.NativeBalances, WalletTables.TrustlineBalances, WalletTables.LiquidityPools, WalletTables.LiquidityPoolBalances,
        WalletTables.SacBalances,
    }.ToDictionary(static table => table, static table => new RowMarker(table, Gone));

    /// <summary>Assets of trustlines.</summary>
    public static IReadOnlyList<CopyTable> Assets { get; } = [WalletTables.TrustlineAssets];

    /// <summary>Contracts and their codes, parents first.</summary>
    public static IReadOnlyList<CopyTable> Contracts { get; } =
        [WalletTables.ContractTokens, WalletTables.ProtocolWasms, WalletTables.ProtocolContracts];

    /// <summary>Balances and pools. The last column of their rows says whether the key was removed.</summary>
    public static IReadOnlyList<CopyTable> Balances { get; } = [.. MarkerOf.Values.Select(static marker => marker.Table)];

    /// <summary>All of these tables, parents first.</summary>
    public static IReadOnlyList<CopyTable> All { get; } = [.. Assets, .. Contracts, .. Balances];

    /// <summary>How the rows of each table are written.</summary>
    public static IReadOnlyDictionary<CopyTable, RowWriterKind> Writers { get; } = All.ToDictionary(static table => table, static table =>
        Balances.Contains(table) ? RowWriterKind.UpsertAndDelete
        : table.Equals(WalletTables.ProtocolContracts) ? RowWriterKind.Upsert : RowWriterKind.InsertOrIgnore);

    /// <summary>The marker of a table of balances; null for other tables.</summary>
    public static RowMarker? Marker(CopyTable table) => MarkerOf.GetValueOrDefault(table);
}
