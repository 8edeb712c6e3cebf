using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Tests.Support;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Tests;

public class AllocationTests
{
    [Fact]
    public void ParseAndRead_EveryMadeEntry_AllocatesNothing()
    {
        byte[][] entries = ReferenceEntry.Made().Select(entry => entry.Entry).ToArray();
        long sum = 0;

        long allocated = Allocations.Fewest(() => sum += Touch(entries));

        Assert.NotEqual(0, sum);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Compare_KeysOfEveryType_AllocatesNothing()
    {
        var random = new RandomKeys(73);
        byte[][] keys = Enumerable.Range(0, 100).Select(_ => random.Any().Encode()).ToArray();
        int sum = 0;

        long allocated = Allocations.Fewest(() => sum += CompareAll(keys));

        Assert.Equal(0, sum);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Encode_IntoSpans_AllocatesNothing()
    {
        byte[] trustline = TestEntries.Trustline();
        int written = 0;

        long allocated = Allocations.Fewest(() => written = Encode(trustline));

        Assert.Equal(60 + 56 + 32, written);
        Assert.Equal(0, allocated);
    }

    private static int Encode(byte[] trustline)
    {
        Span<byte> text = stackalloc byte[AssetCode.CanonicalBytes];
        Span<char> characters = stackalloc char[StrKey.KeyChars];
        Span<byte> payload = stackalloc byte[StrKey.MaxPayloadBytes];
        TrustlineEntryView view = LedgerEntryView.Parse(trustline).AsTrustline();
        int written = AssetCode.WriteCanonical(view.Asset.AsAsset(), text) + StrKey.Encode(StrKeyKind.Account, view.AccountId, characters);
        StrKey.TryDecode(characters, payload, out _, out int payloadBytes);
        return written + payloadBytes;
    }

    private static int CompareAll(byte[][] keys)
    {
        int sum = 0;
        foreach (byte[] left in keys)
        {
            foreach (byte[] right in keys)
            {
                LedgerKeyLocation leftKey = LedgerKeyLocation.OfKey(left), rightKey = LedgerKeyLocation.OfKey(right);
                sum += Math.Sign(LedgerKeyOrder.Compare(leftKey.Type, leftKey.Body(left), rightKey.Type, rightKey.Body(right)));
            }
        }

        return sum;
    }

    private static long Touch(byte[][] entries)
    {
        long sum = 0;
        foreach (byte[] bytes in entries)
        {
            var entry = LedgerEntryView.Parse(bytes);
            sum += entry.LastModifiedLedgerSeq + entry.SponsoringId.Length + LedgerKeyLocation.OfEntry(bytes).Length;
            sum += entry.Type switch
            {
                LedgerEntryType.Account => Touch(entry.AsAccount()),
                LedgerEntryType.Trustline => Touch(entry.AsTrustline()),
                LedgerEntryType.ClaimableBalance => Touch(entry.AsClaimableBalance()),
                LedgerEntryType.ContractData => Touch(entry.AsContractData().Key) + Touch(entry.AsContractData().Value),
                LedgerEntryType.LiquidityPool => entry.AsLiquidityPool().AssetA.Code.Length + entry.AsLiquidityPool().ReserveB,
                LedgerEntryType.Offer => entry.AsOffer().Buying.Issuer.Length + entry.AsOffer().Amount,
                LedgerEntryType.Data => entry.AsData().Value.Length,
                LedgerEntryType.ContractCode => entry.AsContractCode().Code.Length + entry.AsContractCode().CostInputs.Exports,
                LedgerEntryType.ConfigSetting => (long)entry.AsConfigSetting().Id,
                _ => entry.AsTtl().KeyHash.Length,
            };
        }

        return sum;
    }

    private static long Touch(AccountEntryView account)
    {
        long sum = account.AccountId.Length + account.Balance + account.SequenceNumber + account.HomeDomain.Length
            + account.InflationDestination.Length
            + account.SellingLiabilities + account.BuyingLiabilities + account.NumSponsored + account.NumSponsoring
            + account.SequenceLedger;
        foreach (SignerView signer in account.Signers)
            sum += signer.Weight + signer.Payload.Length;
        foreach (ReadOnlySpan<byte> sponsor in account.SignerSponsoringIds)
            sum += sponsor.Length;
        return sum;
    }

    private static long Touch(TrustlineEntryView trustline) =>
        trustline.AccountId.Length + trustline.Asset.Code.Length + trustline.Asset.Issuer.Length + trustline.Asset.PoolId.Length
            + trustline.Balance + trustline.Limit
        + trustline.Flags + trustline.SellingLiabilities + trustline.BuyingLiabilities + trustline.LiquidityPoolUseCount;

    private static long Touch(ClaimableBalanceEntryView balance)
    {
        long sum = balance.Amount;
        foreach (ClaimantView claimant in balance.Claimants)
            sum += claimant.Destination.Length + claimant.Predicate.OperandCount;
        return sum;
    }

    private static long Touch(ScValView value)
    {
        long sum = 1;
        switch (value.Type)
        {
            case ScValType.Vec:
                foreach (ScValView element in value.Elements)
                    sum += Touch(element);
                break;
            case ScValType.Map:
                foreach (ScMapEntryView entry in value.Entries)
                    sum += Touch(entry.Key) + Touch(entry.Value);
                break;
            case ScValType.ContractInstance:
                foreach (ScMapEntryView entry in value.AsInstance().Storage)
                    sum += Touch(entry.Key) + Touch(entry.Value);
                break;
            case ScValType.Int128:
                sum += (long)value.AsInt128();
                break;
            case ScValType.Symbol:
                sum += value.IsSymbol("Balance"u8) ? 2 : value.AsBytes().Length;
                break;
        }

        return sum;
    }
}
