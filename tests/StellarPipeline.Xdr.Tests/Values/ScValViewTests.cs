using StellarPipeline.Xdr.Tests.Support;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Tests.Values;

public class ScValViewTests
{
    [Fact]
    public void Parse_RandomValues_AnswersLikeTheTree()
    {
        const int seed = 79;
        var random = new RandomKeys(seed, hasMuxedContracts: true);
        for (int round = 0; round < 5_000; round++)
        {
            TestValue value = random.Value(0);
            byte[] bytes = Encode(value);
            AssertSame(value, ScValView.Parse(bytes));
            XdrFormatException error = Assert.Throws<XdrFormatException>(() => ScValView.Parse([.. bytes, 0]).Type);
            Assert.Equal(("SCVal", "end"), (error.TypeName, error.Field));
        }
    }

    [Fact]
    public void Parse_ExecutableTag_ReadsItsText()
    {
        byte[] bytes = Convert.FromHexString("00000016" + "00000005" + "76312e3000000000"[..10] + "000000");
        var value = ScValView.Parse(bytes);
        Assert.Equal(ScValType.ExecutableTag, value.Type);
        Assert.Equal("v1.0\0"u8.ToArray(), value.AsBytes().ToArray());
    }

    [Theory]
    [InlineData(0, 36)]
    [InlineData(1, 32)]
    [InlineData(2, 40)]
    [InlineData(3, 36)]
    [InlineData(4, 32)]
    [InlineData(5, 40)]
    public void Parse_ExternalReference_ReadsOwnerTagAndStorage(int ownerType, int ownerBytes)
    {
        byte[] payload =
            ownerType is 2 or 5 ? [0, 0, 0, 0, 0, 0, 0, 7, .. Enumerable.Repeat((byte)5, 32)] : [.. Enumerable.Repeat((byte)5, 32)];
        XdrBuilder owner = new XdrBuilder().Int32(ownerType);
        if (ownerType is 0 or 3)
            owner.Int32(0);
        owner.Raw(payload);
        byte[] bytes = new XdrBuilder().Int32(19).Int32(2).Raw(owner.ToArray()).Text("token").Int32(1).Int32(1).Int32(15).Text("k").Int32(3)
            .UInt32(9).ToArray();

        ContractInstanceView instance = ScValView.Parse(bytes).AsInstance();

        Assert.Equal(ContractExecutableType.ExternalReference, instance.ExecutableType);
        Assert.Equal(ownerBytes + 4, instance.ReferenceOwner.Encoded.Length);
        Assert.Equal((ScAddressType)ownerType, instance.ReferenceOwner.Type);
        Assert.Equal(Enumerable.Repeat((byte)5, 32), instance.ReferenceOwner.Payload.ToArray());
        Assert.Equal(ownerType is 2 or 5 ? 7ul : 0ul, instance.ReferenceOwner.MuxedId);
        Assert.Equal("token"u8.ToArray(), instance.ReferenceTag.ToArray());
        Assert.Equal((0, true, 1), (instance.WasmHash.Length, instance.HasStorage, instance.StorageCount));
        ScMapEntries storage = instance.Storage;
        Assert.True(storage.MoveNext());
        Assert.True(storage.Current.Key.IsSymbol("k"u8));
        Assert.Equal(9u, storage.Current.Value.AsUInt32());
        Assert.False(storage.MoveNext());
    }

    [Fact]
    public void Reference_OfOwnCode_ThrowsInvalidOperation()
    {
        byte[] bytes = new XdrBuilder().Int32(19).Int32(1).Int32(0).ToArray();
        Assert.Throws<InvalidOperationException>(() => ScValView.Parse(bytes).AsInstance().ReferenceOwner.Type);
        string message = Assert.Throws<InvalidOperationException>(() => ScValView.Parse(bytes).AsInstance().ReferenceTag.Length).Message;
        Assert.Equal(
            "This contract executable is of type StellarAsset, but it was read as ExternalReference. Check its type first.", message);
    }

    [Fact]
    public void IsSymbol_OtherTextOrType_IsFalse()
    {
        Assert.True(ScValView.Parse(Encode(TestValue.Symbol("Balance"))).IsSymbol("Balance"u8));
        Assert.False(ScValView.Parse(Encode(TestValue.Symbol("Balance"))).IsSymbol("Balanc"u8));
        Assert.False(ScValView.Parse(Encode(TestValue.Text("Balance"))).IsSymbol("Balance"u8));
        Assert.False(ScValView.Parse(Encode(new TestValue(1))).IsSymbol(""u8));
    }

    [Fact]
    public void As_AnotherType_ThrowsInvalidOperation()
    {
        byte[] nothing = Encode(new TestValue(1));
        byte[] list = Encode(TestValue.Vec());
        byte[] map = Encode(TestValue.Map());
        string[] messages =
        [
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsBool()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsUInt32()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsInt32()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsUInt64()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsInt64()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsUInt128()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsInt128()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).As256Bits().Length).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsBytes().Length).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsAddress().Type).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsInstance().HasStorage).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsError()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).AsNonce()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(nothing).Count).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(map).Elements.MoveNext()).Message,
            Assert.Throws<InvalidOperationException>(() => ScValView.Parse(list).Entries.MoveNext()).Message,
        ];
        Assert.Equal("This SCVal is of type Void, but it was read as Bool. Check its type first.", messages[0]);
        Assert.Equal("This SCVal is of type Void, but it was read as UInt64, Timepoint or Duration. Check its type first.", messages[3]);
        Assert.Equal(messages.Length, messages.Distinct().Count());
    }

    private static byte[] Encode(TestValue value)
    {
        var xdr = new XdrBuilder();
        value.Encode(xdr);
        return xdr.ToArray();
    }

    private static void AssertSame(TestValue expected, ScValView actual)
    {
        Assert.Equal((ScValType)expected.Type, actual.Type);
        Assert.Equal(Encode(expected), actual.Encoded.ToArray());
        int index = 0;
        switch (actual.Type)
        {
            case ScValType.Bytes or ScValType.String or ScValType.Symbol or ScValType.ExecutableTag:
                Assert.Equal(expected.Payload, actual.AsBytes().ToArray());
                break;
            case ScValType.UInt256 or ScValType.Int256:
                Assert.Equal(expected.Payload, actual.As256Bits().ToArray());
                break;
            case ScValType.Vec:
                Assert.Equal(expected.Elements is not null, actual.IsPresent);
                foreach (ScValView element in actual.Elements)
                    AssertSame(expected.Elements![index++], element);
                Assert.Equal(actual.Count, index);
                break;
            case ScValType.Map:
                Assert.Equal(expected.Elements is not null, actual.IsPresent);
                AssertSame(expected, actual.Entries, actual.Count);
                break;
            case ScValType.Address:
                Assert.Equal((ScAddressType)expected.Address!.Type, actual.AsAddress().Type);
                Assert.Equal(expected.Address.Payload[^32..], actual.AsAddress().Payload.ToArray());
                break;
            case ScValType.ContractInstance:
                Assert.Equal((ContractExecutableType)expected.SubType, actual.AsInstance().ExecutableType);
                Assert.Equal(expected.SubType == 0 ? expected.Payload : [], actual.AsInstance().WasmHash.ToArray());
                Assert.Equal(expected.Elements is not null, actual.AsInstance().HasStorage);
                AssertSame(expected, actual.AsInstance().Storage, actual.AsInstance().StorageCount);
                break;
        }
    }

    private static void AssertSame(TestValue expected, ScMapEntries entries, int count)
    {
        int index = 0;
        foreach (ScMapEntryView entry in entries)
        {
            AssertSame(expected.Elements![index++], entry.Key);
            AssertSame(expected.Elements[index++], entry.Value);
        }

        Assert.Equal(count * 2, index);
    }
}
