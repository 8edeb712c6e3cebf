using StellarPipeline.Xdr.Tests.Support;

namespace StellarPipeline.Xdr.Tests;

public class XdrReaderTests
{
    private delegate void Read(ref XdrReader reader);

    [Fact]
    public void Reads_EveryKindOfValue_ReturnsThemInOrder()
    {
        byte[] bytes = new XdrBuilder().Int32(-2).UInt32(uint.MaxValue).Int64(long.MinValue).UInt64(ulong.MaxValue).Int32(1).Int32(0)
            .Raw([1, 2, 3, 0]).Opaque([7, 8, 9, 10, 11]).Text("abc").Int32(3).Int32(3).Int32(2).Int32(0).ToArray();
        var reader = new XdrReader(bytes);

        Assert.Equal(-2, reader.ReadInt32("T.a"));
        Assert.Equal(uint.MaxValue, reader.ReadUInt32("T.a"));
        Assert.Equal(long.MinValue, reader.ReadInt64("T.a"));
        Assert.Equal(ulong.MaxValue, reader.ReadUInt64("T.a"));
        Assert.True(reader.ReadBool("T.a"));
        Assert.False(reader.ReadOptionalFlag("T.a"));
        Assert.Equal([1, 2, 3], reader.ReadFixedOpaque(3, "T.a").ToArray());
        Assert.Equal([7, 8, 9, 10, 11], reader.ReadVariableOpaque(5, "T.a").ToArray());
        Assert.Equal("abc"u8.ToArray(), reader.ReadString(32, "T.a").ToArray());
        Assert.Equal(3, reader.ReadCount(4, 3, "T.a"));
        Assert.Equal(3, reader.ReadDiscriminant(3, "T.a"));
        Assert.True(reader.ReadExtension(2, "T.a"));
        Assert.Equal(bytes.Length - 4, reader.Position);
        Assert.Equal(4, reader.Remaining);
        reader.ReadExtensionPoint("T.a");
        reader.EnsureEnd("T");
    }

    [Theory]
    [InlineData("00000002", "bool", "A bool is 2; it must be 0 or 1.")]
    [InlineData("ffffffff", "bool", "A bool is 4294967295; it must be 0 or 1.")]
    [InlineData("00000002", "flag", "The flag of an optional value is 2; it must be 0 or 1.")]
    [InlineData("00000005", "discriminant", "The discriminant is 5; known are 0 to 4.")]
    [InlineData("ffffffff", "discriminant", "The discriminant is -1; known are 0 to 4.")]
    [InlineData("00000001", "reserved", "The discriminant is 1; only 0 is known.")]
    [InlineData("00000001", "extension", "The extension's discriminant is 1; known are 0 and 2.")]
    [InlineData("000000", "int", "4 bytes are needed, but only 3 are left.")]
    [InlineData("00000000000000", "long", "8 bytes are needed, but only 7 are left.")]
    [InlineData("00000009", "opaque", "The length is 9 bytes; at most 8 are allowed.")]
    [InlineData("ffffffff", "opaque", "The length is 4,294,967,295 bytes; at most 8 are allowed.")]
    [InlineData("00000006000000000000", "opaque", "8 bytes are needed, but only 6 are left.")]
    [InlineData("ffffffff", "unbounded", "The length is 4,294,967,295 bytes; at most 2,147,483,647 are allowed.")]
    [InlineData("7fffffff", "unbounded", "2,147,483,648 bytes are needed, but only 0 are left.")]
    [InlineData("0000000200000001", "opaque", "A padding byte is not zero.")]
    [InlineData("00000100", "fixed", "A padding byte is not zero.")]
    [InlineData("00000005", "count", "The count is 5; at most 4 elements are allowed.")]
    [InlineData("000000030000000000000000", "count", "The count is 3, each element takes at least 4 bytes, but only 8 bytes are left.")]
    [InlineData("7fffffff", "elements",
        "The count is 2,147,483,647, each element takes at least 2000000000 bytes, but only 0 bytes are left.")]
    [InlineData("00000000", "skip", "5 bytes are needed, but only 4 are left.")]
    [InlineData("00000000", "skip negative", "-1 bytes are needed, but only 4 are left.")]
    public void Read_MalformedValue_ThrowsWithPlaceAndLeavesPosition(string hex, string kind, string problem)
    {
        Read read = kind switch
        {
            "bool" => (ref XdrReader reader) => reader.ReadBool("Type.field"),
            "flag" => (ref XdrReader reader) => reader.ReadOptionalFlag("Type.field"),
            "discriminant" => (ref XdrReader reader) => reader.ReadDiscriminant(4, "Type.field"),
            "reserved" => (ref XdrReader reader) => reader.ReadExtensionPoint("Type.field"),
            "extension" => (ref XdrReader reader) => reader.ReadExtension(2, "Type.field"),
            "int" => (ref XdrReader reader) => reader.ReadInt32("Type.field"),
            "long" => (ref XdrReader reader) => reader.ReadInt64("Type.field"),
            "opaque" => (ref XdrReader reader) => reader.ReadVariableOpaque(8, "Type.field"),
            "unbounded" => (ref XdrReader reader) => reader.ReadString(int.MaxValue, "Type.field"),
            "fixed" => (ref XdrReader reader) => reader.ReadFixedOpaque(2, "Type.field"),
            "count" => (ref XdrReader reader) => reader.ReadCount(4, 4, "Type.field"),
            "elements" => (ref XdrReader reader) => reader.ReadCount(2_000_000_000, int.MaxValue, "Type.field"),
            "skip" => (ref XdrReader reader) => reader.Skip(5, "Type.field"),
            _ => (ref XdrReader reader) => reader.Skip(-1, "Type.field"),
        };
        byte[] bytes = [9, 9, 9, 9, .. Convert.FromHexString(hex)];
        var reader = new XdrReader(bytes, baseOffset: 1000);
        reader.Skip(4, "T.a");

        XdrFormatException error = Catch(ref reader, read);

        Assert.Equal("Type", error.TypeName);
        Assert.Equal("field", error.Field);
        Assert.InRange(error.ByteOffset, 4, bytes.Length);
        Assert.Equal(1000, error.BaseOffset);
        Assert.Contains($": {problem} The data is damaged", error.Message, StringComparison.Ordinal);
        Assert.Contains($"XDR Type.field at byte {error.ByteOffset} (byte 1,0{error.ByteOffset:00} of its source)", error.Message,
            StringComparison.Ordinal);
        Assert.Equal(4, reader.Position);
    }

    [Fact]
    public void EnsureEnd_BytesLeft_Throws()
    {
        var reader = new XdrReader(new byte[8]);
        reader.ReadInt32("T.a");
        XdrFormatException error = Catch(ref reader, (ref XdrReader r) => r.EnsureEnd("LedgerKey"));
        Assert.Equal("LedgerKey", error.TypeName);
        Assert.Equal("end", error.Field);
        Assert.Equal(4, error.ByteOffset);
        Assert.StartsWith(
            "XDR LedgerKey.end at byte 4: The value ends here, but 4 more bytes follow.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EnsureDepth_OneTooDeep_Throws()
    {
        var reader = new XdrReader(new byte[8]);
        reader.EnsureDepth(200, 200, "SCVal.type");
        XdrFormatException error = Catch(ref reader, (ref XdrReader r) => r.EnsureDepth(201, 200, "SCVal"));
        Assert.Equal("SCVal", error.TypeName);
        Assert.Equal("value", error.Field);
        Assert.Contains("Values are nested deeper than 200 levels.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithBaseOffset_KnownPlace_KeepsEverythingElse()
    {
        var error = new XdrFormatException("T", "f", 12, "It is wrong.");
        XdrFormatException moved = error.WithBaseOffset(4096);
        Assert.Equal(("T", "f", 12L, 4096L), (moved.TypeName, moved.Field, moved.ByteOffset, moved.BaseOffset));
        Assert.StartsWith("XDR T.f at byte 12: It is wrong. ", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("XDR T.f at byte 12 (byte 4,108 of its source): It is wrong. ", moved.Message, StringComparison.Ordinal);
    }

    private static XdrFormatException Catch(ref XdrReader reader, Read read)
    {
        try
        {
            read(ref reader);
        }
        catch (XdrFormatException error)
        {
            return error;
        }

        throw new Xunit.Sdk.XunitException("Nothing was thrown.");
    }
}
