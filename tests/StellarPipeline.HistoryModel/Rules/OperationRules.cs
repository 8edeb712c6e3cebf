using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>The row of an operation, and the table of its result codes (rules 3).</summary>
public static class OperationRules
{
    private const string PaymentCodes =
        "malformed underfunded src_no_trust src_not_authorized no_destination no_trust not_authorized line_full no_issuer";

    private const string OfferCodes =
        "malformed sell_no_trust buy_no_trust sell_not_authorized buy_not_authorized line_full underfunded cross_self sell_no_issuer "
        + "buy_no_issuer offer_not_found low_reserve";

    /// <summary>Names of the operation types, by their numbers.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "CREATE_ACCOUNT", "PAYMENT", "PATH_PAYMENT_STRICT_RECEIVE", "MANAGE_SELL_OFFER", "CREATE_PASSIVE_SELL_OFFER", "SET_OPTIONS",
            "CHANGE_TRUST", "ALLOW_TRUST",
        "ACCOUNT_MERGE", "INFLATION", "MANAGE_DATA", "BUMP_SEQUENCE", "MANAGE_BUY_OFFER", "PATH_PAYMENT_STRICT_SEND",
            "CREATE_CLAIMABLE_BALANCE",
        "CLAIM_CLAIMABLE_BALANCE", "BEGIN_SPONSORING_FUTURE_RESERVES", "END_SPONSORING_FUTURE_RESERVES", "REVOKE_SPONSORSHIP", "CLAWBACK",
            "CLAWBACK_CLAIMABLE_BALANCE",
        "SET_TRUST_LINE_FLAGS", "LIQUIDITY_POOL_DEPOSIT", "LIQUIDITY_POOL_WITHDRAW", "INVOKE_HOST_FUNCTION", "EXTEND_FOOTPRINT_TTL",
            "RESTORE_FOOTPRINT",
    ];

    private static readonly string[] OuterCodes =
        ["op_bad_auth", "op_no_source_account", "op_not_supported", "op_too_many_subentries", "op_exceeded_work_limit",
            "op_too_many_sponsoring"];

    /// <summary>Per result arm the codes -1, -2, …; a name with a leading dot stands without op_.</summary>
    private static readonly string[] InnerCodes =
    [
        "malformed underfunded low_reserve already_exists",
        PaymentCodes,
        PaymentCodes + " too_few_offers cross_self over_source_max",
        OfferCodes,
        OfferCodes,
        "low_reserve too_many_signers bad_flags invalid_inflation cant_change unknown_flag threshold_out_of_range bad_signer "
            + "invalid_home_domain auth_revocable_required",
        "malformed no_issuer invalid_limit low_reserve self_not_allowed trust_line_missing cannot_delete not_auth_maintain_liabilities",
        "malformed no_trust not_required cant_revoke self_not_allowed low_reserve",
        "malformed no_account immutable_set has_sub_entries seq_num_too_far dest_full is_sponsor",
        "not_time",
        "not_supported_yet data_name_not_found low_reserve data_invalid_name",
        "bad_seq",
        OfferCodes,
        PaymentCodes + " too_few_offers cross_self under_dest_min",
        "malformed low_reserve no_trust not_authorized underfunded",
        "does_not_exist cannot_claim line_full no_trust not_authorized",
        "malformed already_sponsored recursive",
        "not_sponsored",
        "does_not_exist not_sponsor low_reserve only_transferable malformed",
        "malformed not_clawback_enabled no_trust underfunded",
        "does_not_exist no_issuer not_clawback_enabled",
        "malformed no_trust cant_revoke invalid_state low_reserve",
        "malformed no_trust not_authorized underfunded line_full bad_price pool_full",
        "malformed no_trust underfunded line_full under_minimum",
        "malformed .function_trapped .resource_limit_exceeded .entry_archived .insufficient_refundable_fee",
        "malformed .resource_limit_exceeded .insufficient_refundable_fee",
        "malformed .resource_limit_exceeded .insufficient_refundable_fee",
    ];

    public static OperationRow Row(OperationContext operation)
    {
        string code = Code(operation.Result, operation.Network.Lenient);
        return new(operation.Id, Names[operation.Operation.Type], Convert.ToHexStringLower(operation.Operation.Xdr), code,
            code == "op_success");
    }

    private static string Code(OperationResult? result, bool lenient)
    {
        if (result is null) return "op_unknown";
        if (result.Code != 0)
            return OuterCodes.ElementAtOrDefault(-result.Code - 1) ?? throw new ModelStop($"operation result code {result.Code}");
        if (result.InnerCode == 0) return "op_success";
        if (lenient && (result.Arm, result.InnerCode) is (15, -6) or (22, -8) or (23, -6)) return "op_trustline_frozen";
        string name = InnerCodes[result.Arm].Split(' ').ElementAtOrDefault(-result.InnerCode - 1)
            ?? throw new ModelStop($"result code {result.InnerCode} of {Names[result.Arm]}");
        return name[0] == '.' ? name[1..] : "op_" + name;
    }
}
