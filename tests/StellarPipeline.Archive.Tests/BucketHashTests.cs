namespace StellarPipeline.Archive.Tests;

public sealed class BucketHashTests
{
    private const string Text = "dd0fa2787678f70814f725d98cb99955f13a4da2c3ba4339fc708374e655b139";

    [Fact]
    public void Parse_LowerCaseDigits_RoundTrips()
    {
        BucketHash hash = BucketHash.Parse(Text);

        Assert.Equal(Text, hash.ToString());
        Assert.False(hash.IsZero);
        Assert.Equal(hash, BucketHash.Parse(Text));
        Assert.True(hash == new BucketHash(Convert.FromHexString(Text)));
        Assert.Equal(hash.GetHashCode(), BucketHash.Parse(Text).GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData("dd0f")]
    [InlineData("DD0FA2787678F70814F725D98CB99955F13A4DA2C3BA4339FC708374E655B139")]
    [InlineData("gd0fa2787678f70814f725d98cb99955f13a4da2c3ba4339fc708374e655b139")]
    [InlineData("dd0fa2787678f70814f725d98cb99955f13a4da2c3ba4339fc708374e655b1390")]
    public void TryParse_AnythingElse_IsRefused(string text)
    {
        Assert.False(BucketHash.TryParse(text, out BucketHash hash));
        Assert.True(hash.IsZero);
        Assert.Throws<FormatException>(() => BucketHash.Parse(text));
    }

    [Fact]
    public void Equals_OneBitApart_IsFalse()
    {
        byte[] bytes = Convert.FromHexString(Text);
        bytes[31] ^= 1;

        Assert.True(BucketHash.Parse(Text) != new BucketHash(bytes));
        Assert.False(BucketHash.Parse(Text).Equals("text"));
    }

    [Fact]
    public void Constructor_WrongLength_IsRefused() => Assert.Throws<ArgumentException>(() => new BucketHash(new byte[31]));

    [Theory]
    [InlineData("8000000cffffffff0000001600000000", "dd0fa2787678f70814f725d98cb99955f13a4da2c3ba4339fc708374e655b139")]
    [InlineData("80000010ffffffff000000170000000100000000", "8475245632bdc490ef81f9204d51cb1642015118c430fab2895f53ccc003ff8c")]
    [InlineData("80000010ffffffff000000170000000100000001", "d3ca223ced12b53fe2ff5f209bd9bda7fe2468dac3696f2bf76432f3fa0f7385")]
    public void Of_ABucketOfOneMetadataRecord_IsTheKnownHash(string content, string hash) =>
        Assert.Equal(hash, BucketHash.Of(Convert.FromHexString(content)).ToString());
}
