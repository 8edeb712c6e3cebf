using StellarPipeline.TestSupport;

namespace StellarPipeline.Xdr.Tests;

public sealed class Hash256Tests
{
    private const string Text = "dd0fa2787678f70814f725d98cb99955f13a4da2c3ba4339fc708374e655b139";

    [Fact]
    public void Parse_LowerCaseDigits_RoundTrips()
    {
        var hash = Hash256.Parse(Text);

        Assert.Equal(Text, hash.ToString());
        Assert.False(hash.IsZero);
        Assert.Equal(hash, Hash256.Parse(Text));
        Assert.True(hash == new Hash256(Convert.FromHexString(Text)));
        Assert.Equal(hash.GetHashCode(), Hash256.Parse(Text).GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData("dd0f")]
    [InlineData("DD0FA2787678F70814F725D98CB99955F13A4DA2C3BA4339FC708374E655B139")]
    [InlineData("gd0fa2787678f70814f725d98cb99955f13a4da2c3ba4339fc708374e655b139")]
    [InlineData("dd0fa2787678f70814f725d98cb99955f13a4da2c3ba4339fc708374e655b1390")]
    public void TryParse_AnythingElse_IsRefused(string text)
    {
        Assert.False(Hash256.TryParse(text, out Hash256 hash));
        Assert.True(hash.IsZero);
        Assert.Throws<FormatException>(() => Hash256.Parse(text));
    }

    [Fact]
    public void Equals_OneBitApart_IsFalse()
    {
        byte[] bytes = Convert.FromHexString(Text);
        bytes[31] ^= 1;

        Assert.True(Hash256.Parse(Text) != new Hash256(bytes));
        Assert.False(Hash256.Parse(Text).Equals("text"));
    }

    [Fact]
    public void Constructor_WrongLength_IsRefused() => Assert.Throws<ArgumentException>(() => new Hash256(new byte[31]));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(31)]
    public void CompareTo_OneByteApart_OrdersByUnsignedBytes(int index)
    {
        byte[] less = Convert.FromHexString(Text);
        byte[] more = Convert.FromHexString(Text);
        (less[index], more[index]) = (0x7f, 0x80);
        (Hash256 left, Hash256 right) = (new Hash256(less), new Hash256(more));

        Assert.True(left < right && left <= right && right > left && right >= left);
        Assert.Equal(0, left.CompareTo(new Hash256(less)));
    }

    [Fact]
    public void TryFormat_RoomForTheDigits_WritesThemWithoutAllocation()
    {
        var hash = Hash256.Parse(Text);
        char[] digits = new char[64];

        Assert.True(hash.TryFormat(digits, out int written));
        Assert.Equal(64, written);
        Assert.Equal(Text, new string(digits));
        Assert.False(hash.TryFormat(digits.AsSpan(1), out _));
        Assert.Equal(Text, $"{hash}");
        Assert.Equal(0, Allocations.Fewest(() => hash.TryFormat(digits, out _)));
    }

    [Theory]
    [InlineData("8000000cffffffff0000001600000000", "dd0fa2787678f70814f725d98cb99955f13a4da2c3ba4339fc708374e655b139")]
    [InlineData("80000010ffffffff000000170000000100000000", "8475245632bdc490ef81f9204d51cb1642015118c430fab2895f53ccc003ff8c")]
    [InlineData("80000010ffffffff000000170000000100000001", "d3ca223ced12b53fe2ff5f209bd9bda7fe2468dac3696f2bf76432f3fa0f7385")]
    public void Of_ABucketOfOneMetadataRecord_IsTheKnownHash(string content, string hash) =>
        Assert.Equal(hash, Hash256.Of(Convert.FromHexString(content)).ToString());
}
