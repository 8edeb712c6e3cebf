using System.Text.Json.Nodes;
using StellarPipeline.Xdr.Entries;
using static StellarPipeline.Xdr.Tests.Support.ReferenceText;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>Says about a ledger entry, read through our views, what the reference decoder says about it.</summary>
internal static class ReferenceEntryJson
{
    public static JsonNode Entry(LedgerEntryView entry) => new JsonObject
    {
        ["last_modified_ledger_seq"] = entry.LastModifiedLedgerSeq,
        ["data"] = Data(entry),
        ["ext"] = Extension(entry),
    };

    private static JsonNode Extension(LedgerEntryView entry) =>
        entry.HasExtension ? Arm("v1", new JsonObject { ["sponsoring_id"] = OptionalAccount(entry.SponsoringId), ["ext"] = "v0" }) : "v0";

    private static JsonObject Data(LedgerEntryView entry) => entry.Type switch
    {
        LedgerEntryType.Account => Arm("account", AccountEntry(entry.AsAccount())),
        LedgerEntryType.Trustline => Arm("trustline", TrustlineEntry(entry.AsTrustline())),
        LedgerEntryType.Offer => Arm("offer", OfferEntry(entry.AsOffer())),
        LedgerEntryType.Data => Arm("data", DataEntry(entry.AsData())),
        LedgerEntryType.ClaimableBalance => Arm("claimable_balance", ClaimableBalance(entry.AsClaimableBalance())),
        LedgerEntryType.LiquidityPool => Arm("liquidity_pool", LiquidityPool(entry.AsLiquidityPool())),
        LedgerEntryType.ContractData => Arm("contract_data", ContractData(entry.AsContractData())),
        LedgerEntryType.ContractCode => Arm("contract_code", ContractCode(entry.AsContractCode())),
        LedgerEntryType.ConfigSetting => Arm("config_setting", ReferenceSettingJson.Setting(entry.AsConfigSetting())),
        _ => Arm("ttl", Ttl(entry.AsTtl())),
    };

    private static JsonObject AccountEntry(AccountEntryView account) => new()
    {
        ["account_id"] = Account(account.AccountId),
        ["balance"] = Long(account.Balance),
        ["seq_num"] = Long(account.SequenceNumber),
        ["num_sub_entries"] = account.SubEntryCount,
        ["inflation_dest"] = OptionalAccount(account.InflationDestination),
        ["flags"] = account.Flags,
        ["home_domain"] = Escaped(account.HomeDomain),
        ["thresholds"] = Hex(account.Thresholds),
        ["signers"] = Signers(account),
        ["ext"] = account.ExtensionLevel == 0
            ? "v0"
            : Arm("v1", new JsonObject
            {
                ["liabilities"] = Liabilities(account.BuyingLiabilities, account.SellingLiabilities),
                ["ext"] = account.ExtensionLevel == 1 ? "v0" : Arm("v2", Sponsorship(account)),
            }),
    };

    private static JsonObject Sponsorship(AccountEntryView account)
    {
        var sponsors = new JsonArray();
        foreach (ReadOnlySpan<byte> sponsor in account.SignerSponsoringIds)
            sponsors.Add(OptionalAccount(sponsor));
        Assert.Equal(account.SignerSponsoringIds.Count, sponsors.Count);
        return new JsonObject
        {
            ["num_sponsored"] = account.NumSponsored,
            ["num_sponsoring"] = account.NumSponsoring,
            ["signer_sponsoring_i_ds"] = sponsors,
            ["ext"] = account.ExtensionLevel == 2
                ? "v0"
                : Arm("v3",
                    new JsonObject { ["ext"] = "v0", ["seq_ledger"] = account.SequenceLedger, ["seq_time"] = Long(account.SequenceTime) }),
        };
    }

    private static JsonArray Signers(AccountEntryView account)
    {
        var signers = new JsonArray();
        foreach (SignerView signer in account.Signers)
            signers.Add(new JsonObject { ["key"] = StrKey.Encode(signer), ["weight"] = signer.Weight });
        Assert.Equal(account.SignerCount, signers.Count);
        return signers;
    }

    private static JsonObject Liabilities(long buying, long selling) => new() { ["buying"] = Long(buying), ["selling"] = Long(selling) };

    private static JsonObject TrustlineEntry(TrustlineEntryView trustline) => new()
    {
        ["account_id"] = Account(trustline.AccountId),
        ["asset"] = Asset(trustline.Asset),
        ["balance"] = Long(trustline.Balance),
        ["limit"] = Long(trustline.Limit),
        ["flags"] = trustline.Flags,
        ["ext"] = trustline.ExtensionLevel == 0
            ? "v0"
            : Arm("v1", new JsonObject
            {
                ["liabilities"] = Liabilities(trustline.BuyingLiabilities, trustline.SellingLiabilities),
                ["ext"] = trustline.ExtensionLevel == 1
                    ? "v0"
                    : Arm("v2", new JsonObject { ["liquidity_pool_use_count"] = trustline.LiquidityPoolUseCount, ["ext"] = "v0" }),
            }),
    };

    private static JsonObject OfferEntry(OfferEntryView offer) => new()
    {
        ["seller_id"] = Account(offer.SellerId),
        ["offer_id"] = Long(offer.OfferId),
        ["selling"] = Asset(offer.Selling),
        ["buying"] = Asset(offer.Buying),
        ["amount"] = Long(offer.Amount),
        ["price"] = new JsonObject { ["n"] = offer.PriceNumerator, ["d"] = offer.PriceDenominator },
        ["flags"] = offer.Flags,
        ["ext"] = "v0",
    };

    private static JsonObject DataEntry(DataEntryView data) => new()
    {
        ["account_id"] = Account(data.AccountId),
        ["data_name"] = Escaped(data.Name),
        ["data_value"] = Hex(data.Value),
        ["ext"] = "v0",
    };

    private static JsonObject ClaimableBalance(ClaimableBalanceEntryView balance)
    {
        var claimants = new JsonArray();
        foreach (ClaimantView claimant in balance.Claimants)
        {
            claimants.Add(
                Arm("claimant_type_v0",
                    new JsonObject { ["destination"] = Account(claimant.Destination), ["predicate"] = Predicate(claimant.Predicate) }));
        }

        Assert.Equal(balance.ClaimantCount, claimants.Count);
        return new JsonObject
        {
            ["balance_id"] = StrKey.Encode(StrKeyKind.ClaimableBalance, [0, .. balance.BalanceId]),
            ["claimants"] = claimants,
            ["asset"] = Asset(balance.Asset),
            ["amount"] = Long(balance.Amount),
            ["ext"] = balance.ExtensionLevel == 0 ? "v0" : Arm("v1", new JsonObject { ["ext"] = "v0", ["flags"] = balance.Flags }),
        };
    }

    private static JsonNode Predicate(ClaimPredicateView predicate)
    {
        var operands = new JsonArray();
        foreach (ClaimPredicateView operand in predicate.Operands)
            operands.Add(Predicate(operand));
        Assert.Equal(predicate.OperandCount, operands.Count);
        return predicate.Type switch
        {
            ClaimPredicateType.Unconditional => "unconditional",
            ClaimPredicateType.And => Arm("and", operands),
            ClaimPredicateType.Or => Arm("or", operands),
            ClaimPredicateType.Not => Arm("not", operands.Count == 0 ? null : operands[0]!.DeepClone()),
            ClaimPredicateType.BeforeAbsoluteTime => Arm("before_absolute_time", Long(predicate.Seconds)),
            _ => Arm("before_relative_time", Long(predicate.Seconds)),
        };
    }

    private static JsonObject LiquidityPool(LiquidityPoolEntryView pool) => new()
    {
        ["liquidity_pool_id"] = StrKey.Encode(StrKeyKind.LiquidityPool, pool.PoolId),
        ["body"] = Arm("liquidity_pool_constant_product", new JsonObject
        {
            ["params"] = new JsonObject { ["asset_a"] = Asset(pool.AssetA), ["asset_b"] = Asset(pool.AssetB), ["fee"] = pool.Fee },
            ["reserve_a"] = Long(pool.ReserveA),
            ["reserve_b"] = Long(pool.ReserveB),
            ["total_pool_shares"] = Long(pool.TotalPoolShares),
            ["pool_shares_trust_line_count"] = Long(pool.PoolSharesTrustlineCount),
        }),
    };

    private static JsonObject ContractData(ContractDataEntryView data) => new()
    {
        ["ext"] = "v0",
        ["contract"] = StrKey.Encode(data.Contract),
        ["key"] = ReferenceValueJson.Value(data.Key),
        ["durability"] = data.Durability == ContractDataDurability.Persistent ? "persistent" : "temporary",
        ["val"] = ReferenceValueJson.Value(data.Value),
    };

    private static JsonObject ContractCode(ContractCodeEntryView code) => new()
    {
        ["ext"] = code.HasCostInputs ? Arm("v1", new JsonObject { ["ext"] = "v0", ["cost_inputs"] = CostInputs(code.CostInputs) }) : "v0",
        ["hash"] = Hex(code.Hash),
        ["code"] = Hex(code.Code),
    };

    private static JsonObject CostInputs(ContractCodeCostInputs inputs) => new()
    {
        ["ext"] = "v0",
        ["n_instructions"] = inputs.Instructions,
        ["n_functions"] = inputs.Functions,
        ["n_globals"] = inputs.Globals,
        ["n_table_entries"] = inputs.TableEntries,
        ["n_types"] = inputs.Types,
        ["n_data_segments"] = inputs.DataSegments,
        ["n_elem_segments"] = inputs.ElementSegments,
        ["n_imports"] = inputs.Imports,
        ["n_exports"] = inputs.Exports,
        ["n_data_segment_bytes"] = inputs.DataSegmentBytes,
    };

    private static JsonObject Ttl(TtlEntryView ttl) =>
        new() { ["key_hash"] = Hex(ttl.KeyHash), ["live_until_ledger_seq"] = ttl.LiveUntilLedgerSeq };
}
