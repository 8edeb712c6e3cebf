using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>The names of operation types and results in the table <c>operations</c>.</summary>
/// <remarks>
/// Result codes belong to the type of the result's arm, not to that of the operation: the network writes results of passive offers in the
/// arm of selling offers. Source: wallet-backend internal/indexer/processors/codes.go. It lacks <c>op_trustline_frozen</c> (protocol 26),
/// which is named after the same pattern.
/// </remarks>
internal static class OperationNames
{
    private const string NineOfPayment =
        "malformed underfunded src_no_trust src_not_authorized no_destination no_trust not_authorized line_full no_issuer";

    private const string Offer =
        "malformed sell_no_trust buy_no_trust sell_not_authorized buy_not_authorized line_full underfunded cross_self sell_no_issuer "
        + "buy_no_issuer offer_not_found low_reserve";

    private static readonly byte[][] Outer = Codes(
        "bad_auth no_source_account not_supported too_many_subentries exceeded_work_limit too_many_sponsoring");

    // In the order of OperationType: the name, then the result codes from -1 downwards. A word with a leading dot gets no "op_".
    private static readonly Kind[] Kinds =
    [
        new("CREATE_ACCOUNT", "malformed underfunded low_reserve already_exists"),
        new("PAYMENT", NineOfPayment),
        new("PATH_PAYMENT_STRICT_RECEIVE", NineOfPayment + " too_few_offers cross_self over_source_max"),
        new("MANAGE_SELL_OFFER", Offer),
        new("CREATE_PASSIVE_SELL_OFFER", Offer),
        new("SET_OPTIONS",
            "low_reserve too_many_signers bad_flags invalid_inflation cant_change unknown_flag threshold_out_of_range bad_signer "
            + "invalid_home_domain auth_revocable_required"),
        new("CHANGE_TRUST",
            "malformed no_issuer invalid_limit low_reserve self_not_allowed trust_line_missing cannot_delete "
            + "not_auth_maintain_liabilities"),
        new("ALLOW_TRUST", "malformed no_trust not_required cant_revoke self_not_allowed low_reserve"),
        new("ACCOUNT_MERGE", "malformed no_account immutable_set has_sub_entries seq_num_too_far dest_full is_sponsor"),
        new("INFLATION", "not_time"),
        new("MANAGE_DATA", "not_supported_yet data_name_not_found low_reserve data_invalid_name"),
        new("BUMP_SEQUENCE", "bad_seq"),
        new("MANAGE_BUY_OFFER", Offer),
        new("PATH_PAYMENT_STRICT_SEND", NineOfPayment + " too_few_offers cross_self under_dest_min"),
        new("CREATE_CLAIMABLE_BALANCE", "malformed low_reserve no_trust not_authorized underfunded"),
        new("CLAIM_CLAIMABLE_BALANCE", "does_not_exist cannot_claim line_full no_trust not_authorized trustline_frozen"),
        new("BEGIN_SPONSORING_FUTURE_RESERVES", "malformed already_sponsored recursive"),
        new("END_SPONSORING_FUTURE_RESERVES", "not_sponsored"),
        new("REVOKE_SPONSORSHIP", "does_not_exist not_sponsor low_reserve only_transferable malformed"),
        new("CLAWBACK", "malformed not_clawback_enabled no_trust underfunded"),
        new("CLAWBACK_CLAIMABLE_BALANCE", "does_not_exist no_issuer not_clawback_enabled"),
        new("SET_TRUST_LINE_FLAGS", "malformed no_trust cant_revoke invalid_state low_reserve"),
        new("LIQUIDITY_POOL_DEPOSIT", "malformed no_trust not_authorized underfunded line_full bad_price pool_full trustline_frozen"),
        new("LIQUIDITY_POOL_WITHDRAW", "malformed no_trust underfunded line_full under_minimum trustline_frozen"),
        new("INVOKE_HOST_FUNCTION", "malformed .function_trapped .resource_limit_exceeded .entry_archived .insufficient_refundable_fee"),
        new("EXTEND_FOOTPRINT_TTL", "malformed .resource_limit_exceeded .insufficient_refundable_fee"),
        new("RESTORE_FOOTPRINT", "malformed .resource_limit_exceeded .insufficient_refundable_fee"),
    ];

    /// <summary>The code of a successful operation.</summary>
    public static ReadOnlySpan<byte> Success => "op_success"u8;

    /// <summary>The code of an operation whose transaction has no results.</summary>
    public static ReadOnlySpan<byte> Unknown => "op_unknown"u8;

    public static ReadOnlySpan<byte> OfType(OperationType type) => Kinds[(int)type].Name;

    /// <summary>The code of a result. The reader of ledgers has checked that its codes are in the table.</summary>
    public static ReadOnlySpan<byte> OfResult(in OperationResultView result)
    {
        if (result.Code != 0) return Outer[-1 - result.Code];
        return result.InnerCode == 0 ? Success : Kinds[(int)result.Type].Codes[-1 - result.InnerCode];
    }

    /// <summary>Whether a result says that a trustline is frozen, a code that upstream does not know.</summary>
    public static bool IsFrozenTrustline(in OperationResultView result) => result.Code == 0 && (result.Type, result.InnerCode) is
        (OperationType.ClaimClaimableBalance, -6) or (OperationType.LiquidityPoolDeposit, -8) or (OperationType.LiquidityPoolWithdraw, -6);

    private static byte[][] Codes(string words) =>
        [.. words.Split(' ').Select(word => System.Text.Encoding.ASCII.GetBytes(word[0] == '.' ? word[1..] : "op_" + word))];

    private sealed class Kind(string name, string words)
    {
        public byte[] Name { get; } = System.Text.Encoding.ASCII.GetBytes(name);

        public byte[][] Codes { get; } = OperationNames.Codes(words);
    }
}
