using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Tests.Support;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Tests.Ledgers;

/// <summary>Contracts with a multiplexing id (CAP-84): in values of every kind, and never in the key of contract data.</summary>
public class MuxedContractTests
{
    private static readonly TestAddress Muxed = new(5, [0, 0, 0, 0, 0, 0, 0, 7, .. Enumerable.Repeat((byte)0x11, 32)]);

    public static TheoryData<string> Places =>
        new(["alone", "in a list", "in a map's key", "in a map's value", "in an instance's storage", "as the owner of an executable"]);

    [Fact]
    public void AsAddress_MuxedContract_HasIdAndContract()
    {
        ScAddressView address = ScValView.Parse(Encode(Make("alone"))).AsAddress();

        Assert.Equal(ScAddressType.MuxedContract, address.Type);
        Assert.True(address.IsMuxed);
        Assert.Equal(7UL, address.MuxedId);
        Assert.Equal(Enumerable.Repeat((byte)0x11, 32), address.Payload.ToArray());
        Assert.Equal(44, address.Encoded.Length);
        Assert.StartsWith("WAIRCEIRCEI", StrKey.Encode(address), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Parse_InTheValueOfContractData_IsRead(string place)
    {
        byte[] entry = TestEntries.ContractData(TestValue.Symbol("k"), Make(place));

        ContractDataEntryView data = LedgerEntryView.Parse(entry).AsContractData();

        Assert.Equal(Encode(Make(place)), data.Value.Encoded.ToArray());
        for (int length = 0; length < entry.Length; length++)
        {
            byte[] prefix = entry[..length];
            Assert.InRange(Assert.Throws<XdrFormatException>(() => LedgerEntryView.Parse(prefix)).ByteOffset, 0, length);
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Parse_InTheKeyOfContractData_IsRefusedWithItsPlace(string place)
    {
        byte[] key = TestKey.OfContract(TestAddress.Contract(1), Make(place)).Encode();
        byte[] entry = TestEntries.ContractData(Make(place), new TestValue(1));

        AssertRefused(key, Assert.Throws<XdrFormatException>(() => LedgerKeyView.Parse(key)));
        AssertRefused(key, Assert.Throws<XdrFormatException>(() => LedgerKeyLocation.OfKey(key)));
        AssertRefused(entry, Assert.Throws<XdrFormatException>(() => LedgerKeyLocation.OfEntry(entry)));
        AssertRefused(entry, Assert.Throws<XdrFormatException>(() => LedgerEntryView.Parse(entry)));
    }

    [Fact]
    public void Parse_AsTheOwnerOfContractData_IsRefusedWithItsPlace()
    {
        byte[] key = TestKey.OfContract(Muxed, TestValue.Symbol("k")).Encode();
        byte[] entry = TestEntries.ContractData(TestValue.Symbol("k"), new TestValue(1), Muxed);

        AssertRefused(key, Assert.Throws<XdrFormatException>(() => LedgerKeyView.Parse(key)));
        AssertRefused(entry, Assert.Throws<XdrFormatException>(() => LedgerKeyLocation.OfEntry(entry)));
        AssertRefused(entry, Assert.Throws<XdrFormatException>(() => LedgerEntryView.Parse(entry)));
    }

    [Theory]
    [InlineData("05" + "0000000000000001" + "22", "05" + "0000000000000002" + "11", -1)]
    [InlineData("05" + "0000000000000001" + "11", "05" + "0000000000000001" + "22", -1)]
    [InlineData("05" + "ffffffffffffffff" + "11", "05" + "0000000000000001" + "11", 1)]
    [InlineData("04" + "ff", "05" + "0000000000000000" + "00", -1)]
    [InlineData("05" + "0000000000000003" + "33", "05" + "0000000000000003" + "33", 0)]
    public void Compare_Addresses_GoesByArmThenIdThenContract(string left, string right, int expected)
    {
        byte[] leftKey = Body(left), rightKey = Body(right);

        Assert.Equal(
            expected, Math.Sign(LedgerKeyOrder.Compare(LedgerEntryType.ContractData, leftKey, LedgerEntryType.ContractData, rightKey)));
        Assert.Equal(
            -expected, Math.Sign(LedgerKeyOrder.Compare(LedgerEntryType.ContractData, rightKey, LedgerEntryType.ContractData, leftKey)));
    }

    // Arm, id where the arm has one, and one byte that fills the 32 of the hash.
    private static byte[] Body(string address)
    {
        byte[] parts = Convert.FromHexString(address);
        var xdr = new XdrBuilder();
        TestAddress.Contract(1).Encode(xdr);
        xdr.Int32(18).Int32(parts[0]).Raw(parts.AsSpan(1, parts.Length - 2)).Hash(parts[^1]).Int32(1);
        return xdr.ToArray();
    }

    private static void AssertRefused(byte[] bytes, XdrFormatException error)
    {
        Assert.Equal(("SCAddress", "type"), (error.TypeName, error.Field));
        Assert.Contains(
            "The key of contract data contains a muxed contract, which is not allowed.", error.Message, StringComparison.Ordinal);

        // The place is that of the address's arm.
        Assert.Equal([0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7, 0x11], bytes.AsSpan((int)error.ByteOffset, 13).ToArray());
    }

    private static TestValue Make(string place)
    {
        var address = new TestValue(18) { Address = Muxed };
        return place switch
        {
            "alone" => address,
            "in a list" => TestValue.Vec(TestValue.Symbol("a"), TestValue.Vec(address)),
            "in a map's key" => TestValue.Map(address, new TestValue(1)),
            "in a map's value" => TestValue.Map(TestValue.Symbol("a"), address),
            "in an instance's storage" => new TestValue(19) { SubType = 1, Payload = [], Elements = [TestValue.Symbol("a"), address] },
            _ => new TestValue(19) { SubType = 2, Payload = [1, 2, 3], Address = Muxed, Elements = null },
        };
    }

    private static byte[] Encode(TestValue value)
    {
        var xdr = new XdrBuilder();
        value.Encode(xdr);
        return xdr.ToArray();
    }
}
