using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Tests.Support;

namespace StellarPipeline.Xdr.Tests.Keys;

public class LedgerKeyLocationTests
{
    [Fact]
    public void OfKey_EveryTypeOfRandomKey_IsTheWholeKeyWithoutItsType()
    {
        const int seed = 7;
        var random = new RandomKeys(seed);
        for (int round = 0; round < 300; round++)
        {
            TestKey key = random.Any();
            byte[] bytes = key.Encode();
            var location = LedgerKeyLocation.OfKey(bytes);
            Assert.Equal(key.Type, location.Type);
            Assert.Equal(4, location.Offset);
            Assert.Equal(bytes.Length - 4, location.Length);
            AssertEveryPrefixIsRefused(bytes);
            XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerKeyLocation.OfKey([.. bytes, 0, 0, 0, 0]));
            Assert.Equal(("LedgerKey", "end", (long)bytes.Length), (error.TypeName, error.Field, error.ByteOffset));
        }
    }

    [Fact]
    public void OfEntry_ContractDataAndCode_SkipsTheExtension()
    {
        byte[] dataKey = TestKey.OfContract(TestAddress.Contract(0x11), TestValue.Vec(TestValue.Symbol("Balance"))).Encode();
        byte[] dataEntry = new XdrBuilder().UInt32(5).Int32(6).Int32(0).Raw(dataKey.AsSpan(4)).Int32(1).Int32(0).ToArray();
        AssertSameKey(dataKey, dataEntry);

        byte[] codeKey = new XdrBuilder().Int32(7).Hash(0x22).ToArray();
        AssertSameKey(codeKey, new XdrBuilder().UInt32(5).Int32(7).Int32(0).Hash(0x22).Opaque([1]).Int32(0).ToArray());
        AssertSameKey(codeKey, new XdrBuilder().UInt32(5).Int32(7).Int32(1).Raw(new byte[48]).Hash(0x22).Opaque([1]).Int32(0).ToArray());
    }

    [Fact]
    public void OfEntry_RandomKeysInTheirEntries_FindsTheSameBytes()
    {
        var random = new RandomKeys(11);
        for (int round = 0; round < 2_000; round++)
        {
            TestKey key = random.Any();
            byte[] bytes = key.Encode();
            XdrBuilder entry = new XdrBuilder().UInt32(1).Int32((int)key.Type);
            if (key.Type is LedgerEntryType.ContractData or LedgerEntryType.ContractCode)
                entry.Int32(0);
            AssertSameKey(bytes, entry.Raw(bytes.AsSpan(4)).ToArray());
        }
    }

    [Theory]
    [InlineData("0000000a", "LedgerKey.type: The discriminant is 10; known are 0 to 9.")]
    [InlineData("ffffffff", "LedgerKey.type: The discriminant is -1; known are 0 to 9.")]
    [InlineData("0000000800000015", "LedgerKey.configSettingID: The discriminant is 21; known are 0 to 20.")]
    [InlineData("00000009", "LedgerKey.hash: 32 bytes are needed, but only 0 are left.")]
    [InlineData("", "LedgerKey.type: 4 bytes are needed, but only 0 are left.")]
    public void OfKey_Malformed_SaysWhat(string hex, string expected)
    {
        byte[] key = Convert.FromHexString(hex);
        XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerKeyLocation.OfKey(key));
        Assert.Contains(expected[(expected.IndexOf(':', StringComparison.Ordinal) + 2)..], error.Message, StringComparison.Ordinal);
        Assert.Equal(expected[..expected.IndexOf(':', StringComparison.Ordinal)], $"{error.TypeName}.{error.Field}");
        Assert.InRange(error.ByteOffset, 0, key.Length);
    }

    [Fact]
    public void OfEntry_UnknownCodeExtension_SaysWhatIsKnown()
    {
        byte[] entry = new XdrBuilder().UInt32(5).Int32(7).Int32(2).Hash(0x22).ToArray();
        XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerKeyLocation.OfEntry(entry));
        Assert.Contains("ContractCodeEntry.ext at byte 8: The extension's discriminant is 2; known are 0 and 1.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OfKey_ValueNestedToTheLimit_IsAccepted()
    {
        byte[] atLimit = TestKey.OfContract(TestAddress.Contract(1), Nested(XdrLimits.ScValDepth)).Encode();
        var location = LedgerKeyLocation.OfKey(atLimit);
        Assert.Equal(0, LedgerKeyOrder.Compare(location.Type, location.Body(atLimit), location.Type, location.Body(atLimit)));
    }

    [Fact]
    public void OfKey_ValueNestedBeyondTheLimit_IsRefused()
    {
        byte[] beyond = TestKey.OfContract(TestAddress.Contract(1), Nested(XdrLimits.ScValDepth + 1)).Encode();
        XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerKeyLocation.OfKey(beyond));
        Assert.Contains("nested deeper than 200 levels", error.Message, StringComparison.Ordinal);
        byte[] body = beyond[4..];
        Assert.Throws<XdrFormatException>(
            () => LedgerKeyOrder.Compare(LedgerEntryType.ContractData, body, LedgerEntryType.ContractData, body));
    }

    private static TestValue Nested(int levels)
    {
        TestValue value = new(1);
        for (int level = 1; level < levels; level++)
            value = level % 2 == 0 ? TestValue.Vec(value) : TestValue.Map(new TestValue(1), value);
        return value;
    }

    private static void AssertSameKey(byte[] key, byte[] entry)
    {
        var location = LedgerKeyLocation.OfEntry(entry);
        Assert.Equal(key.AsSpan(4).ToArray(), location.Body(entry).ToArray());
        Assert.Equal(LedgerKeyLocation.OfKey(key).Type, location.Type);
    }

    private static void AssertEveryPrefixIsRefused(byte[] key)
    {
        for (int length = 0; length < key.Length; length++)
        {
            byte[] prefix = key[..length];
            XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerKeyLocation.OfKey(prefix));
            Assert.InRange(error.ByteOffset, 0, length);
        }
    }
}
