using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Entries.Settings;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Tests.Support;

namespace StellarPipeline.Xdr.Tests.Entries;

public class LedgerEntryViewTests
{
    [Theory]
    [InlineData("account", 4, "0000000a", "LedgerEntry.data", 4, "The discriminant is 10; known are 0 to 9.")]
    [InlineData("account", 4, "ffffffff", "LedgerEntry.data", 4, "The discriminant is -1; known are 0 to 9.")]
    [InlineData("account", 8, "00000001", "PublicKey.type", 8, "The discriminant is 1; only 0 is known.")]
    [InlineData("account", 64, "00000002", "AccountEntry.inflationDest", 64, "The flag of an optional value is 2; it must be 0 or 1.")]
    [InlineData("account", 64, "00000001", "AccountEntry.inflationDest", 68, "36 bytes are needed, but only 24 are left.")]
    [InlineData("account", 72, "00000021", "AccountEntry.homeDomain", 72, "The length is 33 bytes; at most 32 are allowed.")]
    [InlineData("account", 72, "ffffffff", "AccountEntry.homeDomain", 72, "The length is 4,294,967,295 bytes; at most 32 are allowed.")]
    [InlineData("account", 72, "0000000101020304", "AccountEntry.homeDomain", 77, "A padding byte is not zero.")]
    [InlineData("account", 72, "00000020", "AccountEntry.homeDomain", 76, "32 bytes are needed, but only 16 are left.")]
    [InlineData("account", 80, "00000001", "AccountEntry.signers", 80,
        "The count is 1, each element takes at least 40 bytes, but only 8 bytes are left.")]
    [InlineData("account", 80, "00000015", "AccountEntry.signers", 80, "The count is 21; at most 20 elements are allowed.")]
    [InlineData("account", 84, "00000002", "AccountEntry.ext", 84, "The extension's discriminant is 2; known are 0 and 1.")]
    [InlineData("account", 84, "00000001", "AccountEntryExtensionV1.liabilities", 88, "20 bytes are needed, but only 4 are left.")]
    [InlineData("account", 88, "00000002", "LedgerEntry.ext", 88, "The extension's discriminant is 2; known are 0 and 1.")]
    [InlineData("account", 88, "00000001", "LedgerEntryExtensionV1.sponsoringID", 92, "8 bytes are needed, but only 0 are left.")]
    [InlineData("extended", 104, "00000001", "AccountEntryExtensionV1.ext", 104, "The extension's discriminant is 1; known are 0 and 2.")]
    [InlineData("extended", 116, "00000015", "AccountEntryExtensionV2.signerSponsoringIDs", 116,
        "The count is 21; at most 20 elements are allowed.")]
    [InlineData("extended", 116, "0000000100000003", "AccountEntryExtensionV2.signerSponsoringIDs", 120,
        "The flag of an optional value is 3; it must be 0 or 1.")]
    [InlineData("extended", 120, "00000001", "AccountEntryExtensionV2.ext", 120, "The extension's discriminant is 1; known are 0 and 3.")]
    [InlineData("extended", 124, "00000001", "AccountEntryExtensionV3.ext", 124, "The discriminant is 1; only 0 is known.")]
    [InlineData("signer", 84, "00000004", "SignerKey.type", 84, "The discriminant is 4; known are 0 to 3.")]
    [InlineData("payload", 120, "00000041", "SignerKey.payload", 120, "The length is 65 bytes; at most 64 are allowed.")]
    [InlineData("payload", 125, "01", "SignerKey.payload", 125, "A padding byte is not zero.")]
    [InlineData("trustline", 8, "00000001", "PublicKey.type", 8, "The discriminant is 1; only 0 is known.")]
    [InlineData("trustline", 44, "00000004", "TrustLineAsset.type", 44, "The discriminant is 4; known are 0 to 3.")]
    [InlineData("trustline", 52, "00000001", "PublicKey.type", 52, "The discriminant is 1; only 0 is known.")]
    [InlineData("trustline", 108, "00000003", "TrustLineEntry.ext", 108, "The extension's discriminant is 3; known are 0 and 1.")]
    [InlineData("trustline", 128, "00000001", "TrustLineEntryV1.ext", 128, "The extension's discriminant is 1; known are 0 and 2.")]
    [InlineData("trustline", 136, "00000001", "TrustLineEntryExtensionV2.ext", 136, "The discriminant is 1; only 0 is known.")]
    [InlineData("sponsored", 92, "00000002", "LedgerEntryExtensionV1.sponsoringID", 92,
        "The flag of an optional value is 2; it must be 0 or 1.")]
    [InlineData("sponsored", 96, "00000001", "PublicKey.type", 96, "The discriminant is 1; only 0 is known.")]
    [InlineData("sponsored", 132, "00000001", "LedgerEntryExtensionV1.ext", 132, "The discriminant is 1; only 0 is known.")]
    [InlineData("sponsored", 92, "00000000", "LedgerEntry.end", 100, "The value ends here, but 36 more bytes follow.")]
    public void Parse_OneFieldWrong_SaysWhichAndWhere(string kind, int offset, string hex, string field, int place, string problem)
    {
        byte[] entry = Make(kind).With(offset, hex);

        XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerEntryView.Parse(entry).Type);

        Assert.Equal((field, (long)place), ($"{error.TypeName}.{error.Field}", error.ByteOffset));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_BytesAfterTheEntry_AreRefused()
    {
        foreach (ReferenceEntry reference in ReferenceEntry.Made())
        {
            for (int extra = 1; extra <= 8; extra++)
            {
                byte[] entry = [.. reference.Entry, .. new byte[extra]];
                XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerEntryView.Parse(entry).Type);
                Assert.Equal(("LedgerEntry", "end", (long)reference.Entry.Length), (error.TypeName, error.Field, error.ByteOffset));
                Assert.Contains($"The value ends here, but {extra} more bytes follow.", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Parse_AccountWithoutExtensions_ReadsZeroAndEmpty()
    {
        byte[] bytes = TestEntries.Account();
        var entry = LedgerEntryView.Parse(bytes);
        AccountEntryView account = entry.AsAccount();
        Assert.Equal((1234u, LedgerEntryType.Account, false, false, 0),
            (entry.LastModifiedLedgerSeq, entry.Type, entry.HasExtension, entry.HasSponsor, entry.SponsoringId.Length));
        Assert.Equal(
            (2L, 3L, 4u, 5u, 0), (account.Balance, account.SequenceNumber, account.SubEntryCount, account.Flags, account.ExtensionLevel));
        Assert.Equal((0L, 0L, 0u, 0u, 0u, 0ul), (account.BuyingLiabilities, account.SellingLiabilities, account.NumSponsored,
            account.NumSponsoring, account.SequenceLedger, account.SequenceTime));
        Assert.Equal((0, 0, 0, 0),
            (account.InflationDestination.Length, account.HomeDomain.Length, account.SignerCount, account.SignerSponsoringIds.Count));
        Assert.False(account.Signers.MoveNext());
        Assert.False(account.SignerSponsoringIds.MoveNext());
        Assert.Equal([1, 2, 3, 4], account.Thresholds.ToArray());
    }

    [Fact]
    public void Parse_AccountWithExtensions_ReadsEachField()
    {
        byte[] bytes = TestEntries.AccountWithExtensions();
        AccountEntryView account = LedgerEntryView.Parse(bytes).AsAccount();
        Assert.Equal((6L, 7L, 8u, 9u, 10u, 11ul, 3),
            (account.BuyingLiabilities, account.SellingLiabilities, account.NumSponsored, account.NumSponsoring, account.SequenceLedger,
                account.SequenceTime, account.ExtensionLevel));
    }

    [Fact]
    public void Parse_AtSchemaLimits_IsAccepted()
    {
        Assert.Equal(20, LedgerEntryView.Parse(TestEntries.AccountWithSigners(20)).AsAccount().SignerCount);
        Assert.Equal(20, LedgerEntryView.Parse(TestEntries.AccountWithSponsors(20)).AsAccount().SignerSponsoringIds.Count);
        AccountSigners signers = LedgerEntryView.Parse(TestEntries.AccountWithPayloadSigner(64)).AsAccount().Signers;
        Assert.True(signers.MoveNext());
        Assert.Equal(
            (SignerKeyType.SignedPayload, 64, 255u), (signers.Current.Type, signers.Current.Payload.Length, signers.Current.Weight));
        Assert.Equal(
            10, LedgerEntryView.Parse(TestEntries.ClaimableBalance(10, new XdrBuilder().Int32(0))).AsClaimableBalance().ClaimantCount);
        Assert.Equal(95, LedgerEntryView.Parse(CostParameters(95)).AsConfigSetting().AsCostParameters().Count);
        Assert.Equal(1024, LedgerEntryView.Parse(CostParameters(1024)).AsConfigSetting().AsCostParameters().Count);
    }

    [Fact]
    public void Parse_BeyondSchemaLimits_IsRefused()
    {
        AssertRefused(TestEntries.AccountWithSigners(21), "AccountEntry.signers", "The count is 21; at most 20 elements are allowed.");
        AssertRefused(TestEntries.AccountWithSponsors(21), "AccountEntryExtensionV2.signerSponsoringIDs",
            "The count is 21; at most 20 elements are allowed.");
        AssertRefused(TestEntries.AccountWithPayloadSigner(65), "SignerKey.payload", "The length is 65 bytes; at most 64 are allowed.");
        AssertRefused(TestEntries.ClaimableBalance(11, new XdrBuilder().Int32(0)), "ClaimableBalanceEntry.claimants",
            "The count is 11; at most 10 elements are allowed.");
        AssertRefused(TestEntries.ClaimableBalance(1, new XdrBuilder().Int32(1).Int32(3).Int32(0).Int32(0).Int32(0)),
            "ClaimPredicate.predicates", "The count is 3; at most 2 elements are allowed.");
        AssertRefused(CostParameters(1025), "ContractCostParams.count", "The count is 1,025; at most 1,024 elements are allowed.");
        AssertRefused(Data(65, 0), "DataEntry.dataName", "The length is 65 bytes; at most 64 are allowed.");
        AssertRefused(Data(1, 65), "DataEntry.dataValue", "The length is 65 bytes; at most 64 are allowed.");
        AssertRefused(TestEntries.ContractData(TestValue.Symbol(new string('s', 33)), new TestValue(1)), "SCVal.sym",
            "The length is 33 bytes; at most 32 are allowed.");
    }

    [Fact]
    public void Parse_UnknownArms_AreRefusedWithTheirValue()
    {
        AssertRefused(
            TestEntries.ContractData(new TestValue(23), new TestValue(1)), "SCVal.type", "The discriminant is 23; known are 0 to 22.");
        AssertRefused(TestEntries.ContractData(new TestValue(1), new TestValue(1), new TestAddress(6, new byte[32])), "SCAddress.type",
            "The discriminant is 6; known are 0 to 5.");
        AssertRefused(TestEntries.ContractData(new TestValue(1), new TestValue(1), durability: 2), "ContractDataEntry.durability",
            "The discriminant is 2; known are 0 to 1.");
        AssertRefused(TestEntries.ContractData(new TestValue(19) { SubType = 3 }, new TestValue(1)), "ContractExecutable.type",
            "The discriminant is 3; known are 0 to 2.");
        AssertRefused(TestEntries.ContractData(new TestValue(2) { SubType = 10, Payload = new byte[4] }, new TestValue(1)), "SCError.type",
            "The discriminant is 10; known are 0 to 9.");
        AssertRefused(TestEntries.ContractData(new TestValue(2) { SubType = 1, Payload = [0, 0, 0, 10] }, new TestValue(1)), "SCError.code",
            "The discriminant is 10; known are 0 to 9.");
        AssertRefused(TestEntries.ContractData(new TestValue(0) { Payload = [0, 0, 0, 2] }, new TestValue(1)), "SCVal.b",
            "A bool is 2; it must be 0 or 1.");
        AssertRefused(
            TestEntries.ClaimableBalance(1, new XdrBuilder().Int32(6)), "ClaimPredicate.type", "The discriminant is 6; known are 0 to 5.");
        AssertRefused(TestEntries.Entry(LedgerEntryType.ConfigSetting, new XdrBuilder().Int32(21)), "ConfigSettingEntry.configSettingID",
            "The discriminant is 21; known are 0 to 20.");
        AssertRefused(TestEntries.Entry(LedgerEntryType.Offer, new XdrBuilder().Account(1).Int64(1).Int32(3)), "Asset.type",
            "The discriminant is 3; known are 0 to 2.");
        AssertRefused(TestEntries.Entry(LedgerEntryType.LiquidityPool, new XdrBuilder().Hash(1).Int32(1)), "LiquidityPoolEntry.body",
            "The discriminant is 1; only 0 is known.");
        AssertRefused(TestEntries.Entry(LedgerEntryType.ContractCode, new XdrBuilder().Int32(2)), "ContractCodeEntry.ext",
            "The extension's discriminant is 2; known are 0 and 1.");
    }

    [Fact]
    public void As_AnotherType_ThrowsInvalidOperation()
    {
        byte[] account = TestEntries.Account(), trustline = TestEntries.Trustline();
        string[] messages =
        [
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(trustline).AsAccount().Balance).Message,
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(account).AsTrustline().Balance).Message,
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(account).AsOffer().Amount).Message,
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(account).AsData().Name.Length).Message,
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(account).AsClaimableBalance().Amount).Message,
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(account).AsLiquidityPool().Fee).Message,
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(account).AsContractData().Durability).Message,
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(account).AsContractCode().Code.Length).Message,
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(account).AsConfigSetting().Id).Message,
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(account).AsTtl().LiveUntilLedgerSeq).Message,
        ];
        Assert.Equal("This ledger entry is of type Trustline, but it was read as Account. Check its type first.", messages[0]);
        Assert.Equal(10, messages.Distinct().Count());
    }

    [Fact]
    public void AsSetting_AnotherSetting_ThrowsInvalidOperation()
    {
        byte[] number = TestEntries.Entry(LedgerEntryType.ConfigSetting, new XdrBuilder().Int32(0).UInt32(77));
        byte[] costs = CostParameters(0);
        Assert.Equal(77u, LedgerEntryView.Parse(number).AsConfigSetting().AsNumber());
        Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(costs).AsConfigSetting().AsNumber());
        Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(number).AsConfigSetting().AsCostParameters().Count);
        Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(number).AsConfigSetting().AsFrozenKeys().Count);
        Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(number).AsConfigSetting().AsBypassTransactions().Count);
        string message =
            Assert.Throws<InvalidOperationException>(() => LedgerEntryView.Parse(number).AsConfigSetting().AsScpTiming()).Message;
        Assert.Equal("This config setting is of type ContractMaxSizeBytes, but it was read as ScpTiming. Check its type first.", message);
    }

    [Fact]
    public void Key_AnotherType_ThrowsInvalidOperation()
    {
        byte[] ttl = new XdrBuilder().Int32(9).Hash(1).ToArray();
        byte[] account = new XdrBuilder().Int32(0).Account(1).ToArray();
        Assert.Equal(32, LedgerKeyView.Parse(ttl).Body.Length);
        Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(ttl).AccountId.Length);
        Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(account).Hash.Length);
        Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(account).Asset.Type);
        Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(account).OfferId);
        Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(account).DataName.Length);
        Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(account).Contract.Type);
        Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(account).ContractKey.Type);
        Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(account).Durability);
        string message = Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(account).ConfigSettingId).Message;
        Assert.Equal("This ledger key is of type Account, but it was read as ConfigSetting. Check its type first.", message);
    }

    private static byte[] Make(string kind) => kind switch
    {
        "account" => TestEntries.Account(),
        "extended" => TestEntries.AccountWithExtensions(),
        "signer" => TestEntries.AccountWithSigners(1),
        "payload" => TestEntries.AccountWithPayloadSigner(1),
        "trustline" => TestEntries.Trustline(),
        _ =>
            TestEntries.Entry(LedgerEntryType.Account, TestEntries.AccountHead().Int32(0).Int32(0),
                new XdrBuilder().Int32(1).Int32(1).Account(9).Int32(0).ToArray()),
    };

    private static byte[] CostParameters(int count)
    {
        XdrBuilder body = new XdrBuilder().Int32((int)ConfigSettingId.ContractCostParametersCpu).Int32(count);
        for (int index = 0; index < count; index++)
            body.Int32(0).Int64(index).Int64(-index);
        return TestEntries.Entry(LedgerEntryType.ConfigSetting, body);
    }

    private static byte[] Data(int nameBytes, int valueBytes) =>
        TestEntries.Entry(
            LedgerEntryType.Data, new XdrBuilder().Account(1).Opaque(new byte[nameBytes]).Opaque(new byte[valueBytes]).Int32(0));

    private static void AssertRefused(byte[] entry, string field, string problem)
    {
        XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerEntryView.Parse(entry).Type);
        Assert.Equal(field, $"{error.TypeName}.{error.Field}");
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.ByteOffset, 0, entry.Length);
    }
}
