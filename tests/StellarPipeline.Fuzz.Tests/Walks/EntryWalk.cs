using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Fuzz.Tests.Walks;

/// <summary>Reads every field of every view of a ledger entry.</summary>
internal static class EntryWalk
{
    /// <summary>Reads an entry.</summary>
    /// <returns>A number that hangs on every field, so that no read is left out.</returns>
    public static ulong Visit(in LedgerEntryView entry)
    {
        var sum = new FieldSum();
        sum.Add(entry.LastModifiedLedgerSeq);
        sum.Add(entry.HasExtension);
        sum.Add(entry.SponsoringId);
        Assert.Equal(entry.HasSponsor ? 32 : 0, entry.SponsoringId.Length);
        switch (entry.Type)
        {
            case LedgerEntryType.Account:
                Account(entry.AsAccount(), ref sum);
                break;
            case LedgerEntryType.Trustline:
                Trustline(entry.AsTrustline(), ref sum);
                break;
            case LedgerEntryType.Offer:
                Offer(entry.AsOffer(), ref sum);
                break;
            case LedgerEntryType.Data:
                DataEntryView data = entry.AsData();
                sum.Add(data.AccountId);
                sum.Add(data.Name);
                sum.Add(data.Value);
                break;
            case LedgerEntryType.ClaimableBalance:
                ClaimableBalance(entry.AsClaimableBalance(), ref sum);
                break;
            case LedgerEntryType.LiquidityPool:
                Pool(entry.AsLiquidityPool(), ref sum);
                break;
            case LedgerEntryType.ContractData:
                ContractDataEntryView contractData = entry.AsContractData();
                ValueWalk.Visit(contractData.Contract, ref sum);
                ValueWalk.Visit(contractData.Key, ref sum);
                ValueWalk.Visit(contractData.Value, ref sum);
                sum.Add((uint)contractData.Durability);
                break;
            case LedgerEntryType.ContractCode:
                ContractCodeEntryView code = entry.AsContractCode();
                sum.Add(code.Hash);
                sum.Add(code.Code);
                sum.Add(code.HasCostInputs);
                sum.Add((ulong)code.CostInputs.Instructions + code.CostInputs.Functions + code.CostInputs.Globals
                    + code.CostInputs.TableEntries + code.CostInputs.Types);
                sum.Add((ulong)code.CostInputs.DataSegments + code.CostInputs.ElementSegments + code.CostInputs.Imports
                    + code.CostInputs.Exports + code.CostInputs.DataSegmentBytes);
                break;
            case LedgerEntryType.ConfigSetting:
                SettingWalk.Visit(entry.AsConfigSetting(), ref sum);
                break;
            default:
                TtlEntryView ttl = entry.AsTtl();
                sum.Add(ttl.KeyHash);
                sum.Add(ttl.LiveUntilLedgerSeq);
                break;
        }

        return sum.Value;
    }

    /// <summary>Reads a key.</summary>
    public static ulong Visit(in LedgerKeyView key)
    {
        var sum = new FieldSum();
        sum.Add(key.Body);
        switch (key.Type)
        {
            case LedgerEntryType.Account:
                sum.Add(key.AccountId);
                break;
            case LedgerEntryType.Trustline:
                sum.Add(key.AccountId);
                Asset(key.Asset, ref sum);
                break;
            case LedgerEntryType.Offer:
                sum.Add(key.AccountId);
                sum.Add((ulong)key.OfferId);
                break;
            case LedgerEntryType.Data:
                sum.Add(key.AccountId);
                sum.Add(key.DataName);
                break;
            case LedgerEntryType.ContractData:
                ValueWalk.Visit(key.Contract, ref sum);
                ValueWalk.Visit(key.ContractKey, ref sum);
                sum.Add((uint)key.Durability);
                break;
            case LedgerEntryType.ConfigSetting:
                sum.Add((uint)key.ConfigSettingId);
                break;
            default:
                sum.Add(key.Hash);
                break;
        }

        return sum.Value;
    }

    private static void Account(in AccountEntryView account, ref FieldSum sum)
    {
        sum.Add(account.AccountId);
        sum.Add((ulong)account.Balance ^ (ulong)account.SequenceNumber ^ account.SubEntryCount);
        sum.Add(account.InflationDestination);
        sum.Add(account.Flags);
        sum.Add(account.HomeDomain);
        sum.Add(account.Thresholds);
        int signers = 0;
        foreach (SignerView signer in account.Signers)
        {
            signers++;
            sum.Add((uint)signer.Type ^ signer.Weight);
            sum.Add(signer.Key);
            sum.Add(signer.Payload);
            sum.Add((uint)StrKey.Encode(signer).Length);
        }

        Assert.Equal(account.SignerCount, signers);
        sum.Add((uint)account.ExtensionLevel ^ (ulong)account.BuyingLiabilities ^ (ulong)account.SellingLiabilities);
        sum.Add(account.NumSponsored ^ (ulong)account.NumSponsoring ^ account.SequenceLedger ^ account.SequenceTime);
        int sponsors = 0;
        foreach (ReadOnlySpan<byte> sponsor in account.SignerSponsoringIds)
        {
            sponsors++;
            sum.Add(sponsor);
        }

        Assert.Equal(account.SignerSponsoringIds.Count, sponsors);
    }

    private static void Trustline(in TrustlineEntryView trustline, ref FieldSum sum)
    {
        sum.Add(trustline.AccountId);
        Asset(trustline.Asset, ref sum);
        sum.Add((ulong)trustline.Balance ^ (ulong)trustline.Limit ^ trustline.Flags);
        sum.Add(
            (ulong)trustline.BuyingLiabilities ^ (ulong)trustline.SellingLiabilities ^ (uint)trustline.LiquidityPoolUseCount
                ^ (uint)trustline.ExtensionLevel);
    }

    private static void Offer(in OfferEntryView offer, ref FieldSum sum)
    {
        sum.Add(offer.SellerId);
        Asset(offer.Selling, ref sum);
        Asset(offer.Buying, ref sum);
        sum.Add((ulong)offer.OfferId ^ (ulong)offer.Amount ^ (uint)offer.PriceNumerator ^ (uint)offer.PriceDenominator ^ offer.Flags);
    }

    private static void ClaimableBalance(in ClaimableBalanceEntryView balance, ref FieldSum sum)
    {
        sum.Add(balance.BalanceId);
        int claimants = 0;
        foreach (ClaimantView claimant in balance.Claimants)
        {
            claimants++;
            sum.Add(claimant.Destination);
            Predicate(claimant.Predicate, ref sum);
        }

        Assert.Equal(balance.ClaimantCount, claimants);
        Asset(balance.Asset, ref sum);
        sum.Add((ulong)balance.Amount ^ balance.Flags ^ (uint)balance.ExtensionLevel);
    }

    private static void Predicate(in ClaimPredicateView predicate, ref FieldSum sum)
    {
        sum.Add((uint)predicate.Type);
        if (predicate.Type is ClaimPredicateType.BeforeAbsoluteTime or ClaimPredicateType.BeforeRelativeTime)
            sum.Add((ulong)predicate.Seconds);
        int operands = 0;
        foreach (ClaimPredicateView operand in predicate.Operands)
        {
            operands++;
            Predicate(operand, ref sum);
        }

        Assert.Equal(predicate.OperandCount, operands);
    }

    private static void Pool(in LiquidityPoolEntryView pool, ref FieldSum sum)
    {
        sum.Add(pool.PoolId);
        Asset(pool.AssetA, ref sum);
        Asset(pool.AssetB, ref sum);
        sum.Add(
            (uint)pool.Fee ^ (ulong)pool.ReserveA ^ (ulong)pool.ReserveB ^ (ulong)pool.TotalPoolShares
                ^ (ulong)pool.PoolSharesTrustlineCount);
    }

    private static void Asset(in AssetView asset, ref FieldSum sum)
    {
        sum.Add((uint)asset.Type);
        sum.Add(asset.IsNative);
        sum.Add(asset.RawCode);
        sum.Add(asset.Code);
        sum.Add(asset.Issuer);
        Assert.Equal(asset.IsNative ? 0 : 32, asset.Issuer.Length);
    }

    private static void Asset(in TrustlineAssetView asset, ref FieldSum sum)
    {
        sum.Add((uint)asset.Type);
        sum.Add(asset.RawCode);
        sum.Add(asset.PoolId);
        if (asset.Type != AssetType.PoolShare)
            Asset(asset.AsAsset(), ref sum);
    }
}
