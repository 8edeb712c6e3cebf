using System.Text.Json.Nodes;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Tests.Support;

namespace StellarPipeline.Xdr.Tests;

/// <summary>Our decoder against the Rust stellar-xdr: every field of every entry.</summary>
public class ReferenceDecoderTests
{
    [Fact]
    public void Parse_MadeEntries_SayWhatTheReferenceSays() => AssertSame(ReferenceEntry.Made(), atLeast: 60);

    [SkippableFact]
    public void Parse_RecordedEntries_SayWhatTheReferenceSays() => AssertSame(ReferenceEntry.Recorded(), atLeast: 6_000);

    [Fact]
    public void LedgerKey_MadeEntries_LiesInTheEntry() => AssertKeys(ReferenceEntry.Made());

    [SkippableFact]
    public void LedgerKey_RecordedEntries_LiesInTheEntry() => AssertKeys(ReferenceEntry.Recorded());

    [SkippableFact]
    public void Recorded_Entries_AreOfAllTypes() =>
        Assert.Equal(Enum.GetValues<LedgerEntryType>(),
            ReferenceEntry.Recorded().Select(entry => LedgerKeyLocation.OfKey(entry.Key).Type).Distinct().Order());

    private static void AssertSame(IReadOnlyList<ReferenceEntry> entries, int atLeast)
    {
        Assert.True(entries.Count >= atLeast, $"only {entries.Count} entries");
        foreach (ReferenceEntry entry in entries)
        {
            JsonNode actual = ReferenceEntryJson.Entry(LedgerEntryView.Parse(entry.Entry));
            if (!JsonNode.DeepEquals(entry.Json, actual))
                Assert.Fail($"{entry.Name}\nexpected {entry.Json.ToJsonString()}\nactual   {actual.ToJsonString()}");
        }
    }

    private static void AssertKeys(IReadOnlyList<ReferenceEntry> entries)
    {
        foreach (ReferenceEntry entry in entries)
        {
            LedgerKeyLocation ofEntry = LedgerKeyLocation.OfEntry(entry.Entry), ofKey = LedgerKeyLocation.OfKey(entry.Key);
            Assert.Equal(ofKey.Type, ofEntry.Type);
            Assert.True(ofEntry.Body(entry.Entry).SequenceEqual(entry.Key.AsSpan(4)), entry.Name);
            Assert.Equal(0, LedgerKeyOrder.Compare(ofEntry.Type, ofEntry.Body(entry.Entry), ofKey.Type, ofKey.Body(entry.Key)));
            AssertFields(LedgerKeyView.Parse(entry.Key), LedgerEntryView.Parse(entry.Entry), entry.Name);
        }
    }

    private static void AssertFields(LedgerKeyView key, LedgerEntryView entry, string name)
    {
        Assert.Equal(entry.Type, key.Type);
        switch (entry.Type)
        {
            case LedgerEntryType.Account:
                AssertBytes(entry.AsAccount().AccountId, key.AccountId, name);
                break;
            case LedgerEntryType.Trustline:
                AssertBytes(entry.AsTrustline().AccountId, key.AccountId, name);
                AssertBytes(entry.AsTrustline().Asset.Encoded, key.Asset.Encoded, name);
                break;
            case LedgerEntryType.Offer:
                AssertBytes(entry.AsOffer().SellerId, key.AccountId, name);
                Assert.Equal(entry.AsOffer().OfferId, key.OfferId);
                break;
            case LedgerEntryType.Data:
                AssertBytes(entry.AsData().AccountId, key.AccountId, name);
                AssertBytes(entry.AsData().Name, key.DataName, name);
                break;
            case LedgerEntryType.ClaimableBalance:
                AssertBytes(entry.AsClaimableBalance().BalanceId, key.Hash, name);
                break;
            case LedgerEntryType.LiquidityPool:
                AssertBytes(entry.AsLiquidityPool().PoolId, key.Hash, name);
                break;
            case LedgerEntryType.ContractData:
                AssertBytes(entry.AsContractData().Contract.Encoded, key.Contract.Encoded, name);
                AssertBytes(entry.AsContractData().Key.Encoded, key.ContractKey.Encoded, name);
                Assert.Equal(entry.AsContractData().Durability, key.Durability);
                break;
            case LedgerEntryType.ContractCode:
                AssertBytes(entry.AsContractCode().Hash, key.Hash, name);
                break;
            case LedgerEntryType.ConfigSetting:
                Assert.Equal(entry.AsConfigSetting().Id, key.ConfigSettingId);
                break;
            default:
                AssertBytes(entry.AsTtl().KeyHash, key.Hash, name);
                break;
        }
    }

    private static void AssertBytes(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string name) =>
        Assert.True(expected.SequenceEqual(actual), name);
}
