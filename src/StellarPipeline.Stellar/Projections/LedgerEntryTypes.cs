using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Projections;

/// <summary>Facts about the enumeration of ledger entry types.</summary>
internal static class LedgerEntryTypes
{
    /// <summary>Number of ledger entry types of protocol 28: 0 (account) to 9 (TTL).</summary>
    public const int Count = (int)LedgerEntryType.Ttl + 1;

    /// <summary>Names of all types, by their number.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(0, Count).Select(type => Name((LedgerEntryType)type))];

    /// <summary>Name of a type in reports: snake_case, as in the XDR.</summary>
    public static string Name(LedgerEntryType type) => type switch
    {
        LedgerEntryType.Account => "account",
        LedgerEntryType.Trustline => "trustline",
        LedgerEntryType.Offer => "offer",
        LedgerEntryType.Data => "data",
        LedgerEntryType.ClaimableBalance => "claimable_balance",
        LedgerEntryType.LiquidityPool => "liquidity_pool",
        LedgerEntryType.ContractData => "contract_data",
        LedgerEntryType.ContractCode => "contract_code",
        LedgerEntryType.ConfigSetting => "config_setting",
        LedgerEntryType.Ttl => "ttl",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a ledger entry type."),
    };
}
