using System.Globalization;

namespace StellarPipeline.Cli.Output;

/// <summary>Describes a state change in words.</summary>
internal static class ChangeWords
{
    private static readonly string[] FlagNames =
    [
        "authorized", "authorization required", "authorization revocable", "authorization immutable", "clawback enabled for new lines",
        "clawback enabled",
        "authorized to maintain liabilities",
    ];

    /// <param name="field">The value of a column of state_changes, addresses as strkeys; null for none.</param>
    /// <param name="account">The account whose state changed; the words begin with it.</param>
    /// <param name="token">The asset, or the shares of a pool.</param>
    /// <param name="amount">Writes an amount.</param>
    public static string Of(Func<string, string?> field, string account, string? token, Func<string, string> amount)
    {
        string flags = field("flags") is { } bits ? Flags(int.Parse(bits, CultureInfo.InvariantCulture)) : "no flags";
        return (field("state_change_category"), field("state_change_reason")) switch
        {
            ("BALANCE", "DEBIT") => $"{account} gives {amount(field("amount")!)} {token}",
            ("BALANCE", "CREDIT") => $"{account} gets {amount(field("amount")!)} {token}",
            ("BALANCE", "MINT") => $"{account} issues {amount(field("amount")!)} {token}",
            ("BALANCE", "BURN") => $"{account} burns {amount(field("amount")!)} {token}",
            ("ACCOUNT", "CREATE") => $"{account} is created by {field("creator_account_id")}",
            ("ACCOUNT", "MERGE") => $"{account} is merged into {field("destination_account_id")}",
            ("SIGNER", "ADD") => $"{account} adds signer {field("signer_account_id")} with weight {field("signer_weight_new")}",
            ("SIGNER", "UPDATE") =>
                $"{account} changes the weight of signer {field("signer_account_id")} from {field("signer_weight_old")} to "
                    + $"{field("signer_weight_new")}",
            ("SIGNER", "REMOVE") => $"{account} removes signer {field("signer_account_id")} of weight {field("signer_weight_old")}",
            ("SIGNATURE_THRESHOLD", _) =>
                $"{account} sets its {field("threshold")} threshold from {field("threshold_old")} to {field("threshold_new")}",
            ("FLAGS", "SET") => $"{account} sets {flags}",
            ("FLAGS", _) => $"{account} clears {flags}",
            ("TRUSTLINE", "ADD") => $"{account} trusts {token} up to {AmountText.Limit(field("trustline_limit_new"))}",
            ("TRUSTLINE", "UPDATE") =>
                $"{account} changes its limit for {token} from {AmountText.Limit(field("trustline_limit_old"))} to "
                    + AmountText.Limit(field("trustline_limit_new")),
            ("TRUSTLINE", _) => $"{account} removes its trustline for {token}",
            ("BALANCE_AUTHORIZATION", "SET") => $"{account} gets flags for {token}: {flags}",
            ("BALANCE_AUTHORIZATION", _) => $"{account} loses flags for {token}: {flags}",
            ("HOME_DOMAIN", var reason) => $"{account} home domain {reason!.ToLowerInvariant()} {field("key_value")}",
            ("DATA_ENTRY", var reason) =>
                $"{account} data entry {reason!.ToLowerInvariant()} {field("data_entry_name")} {field("key_value")}",
            (var category, var reason) => $"{account} {category} {reason}",
        };
    }

    /// <summary>The flags of state_changes in words.</summary>
    public static string Flags(int flags) => string.Join(", ", FlagNames.Where((_, bit) => (flags & (1 << bit)) != 0));
}
