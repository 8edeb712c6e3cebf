using System.Text;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Tests.Support;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Tests.Values;

public class AssetCodeTests
{
    [Theory]
    [InlineData("USD\0", true)]
    [InlineData("A\0\0\0", true)]
    [InlineData("aZ09", true)]
    [InlineData("\0\0\0\0", false)]
    [InlineData("\0USD", false)]
    [InlineData("U\0D\0", false)]
    [InlineData("US$\0", false)]
    [InlineData("US \0", false)]
    [InlineData("\u00c5BC\0", false)]
    [InlineData("ABCDE\0\0\0\0\0\0\0", true)]
    [InlineData("ABCDEFGHIJKL", true)]
    [InlineData("ABCD\0\0\0\0\0\0\0\0", false)]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0", false)]
    [InlineData("ABCDE\0F\0\0\0\0\0", false)]
    [InlineData("ABC", false)]
    [InlineData("", false)]
    public void IsValid_StoredCode_FollowsTheRulesOfValidators(string code, bool expected) =>
        Assert.Equal(expected, AssetCode.IsValid(Encoding.Latin1.GetBytes(code)));

    [Theory]
    [InlineData("", "native")]
    [InlineData("USD\0", "USD:GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ")]
    [InlineData("ABCDEFGHIJKL", "ABCDEFGHIJKL:GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ")]
    [InlineData("ABC\0\0\0\0\0\0\0\0\0", "ABC:GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ")]
    public void WriteCanonical_Asset_WritesCodeAndIssuer(string code, string expected)
    {
        byte[] offer = Offer(code);
        byte[] text = new byte[AssetCode.CanonicalBytes];
        int length = AssetCode.WriteCanonical(LedgerEntryView.Parse(offer).AsOffer().Selling, text);
        Assert.Equal(expected, Encoding.ASCII.GetString(text, 0, length));
        Assert.Throws<ArgumentException>(
            () => AssetCode.WriteCanonical(LedgerEntryView.Parse(offer).AsOffer().Selling, new byte[expected.Length - 1]));
    }

    [Fact]
    public void AsAsset_PoolShares_ThrowsInvalidOperation()
    {
        byte[] key = new XdrBuilder().Int32(1).Account(1).Int32(3).Hash(2).ToArray();
        TrustlineAssetView asset = LedgerKeyView.Parse(key).Asset;
        Assert.Equal((AssetType.PoolShare, false, 0, 0, 32),
            (asset.Type, asset.IsCredit, asset.Code.Length, asset.Issuer.Length, asset.PoolId.Length));
        string message = Assert.Throws<InvalidOperationException>(() => LedgerKeyView.Parse(key).Asset.AsAsset().Type).Message;
        Assert.Equal(
            "This trustline asset is of type PoolShare, but it was read as Native, CreditAlphanum4 or CreditAlphanum12. Check its type "
                + "first.", message);
    }

    [Fact]
    public void AsAsset_Credit_HasTheBytesOfAnAsset()
    {
        byte[] key = new XdrBuilder().Int32(1).Account(1).Int32(2).Raw("LONGER\0\0\0\0\0\0"u8).Account(2).ToArray();
        AssetView asset = LedgerKeyView.Parse(key).Asset.AsAsset();
        Assert.Equal(key[40..], asset.Encoded.ToArray());
        Assert.Equal("LONGER"u8.ToArray(), asset.Code.ToArray());
        Assert.Equal(12, asset.RawCode.Length);
        Assert.Equal(Enumerable.Repeat((byte)2, 32), asset.Issuer.ToArray());
    }

    private static byte[] Offer(string code)
    {
        XdrBuilder body = new XdrBuilder().Account(1).Int64(1).Int32(code.Length switch { 0 => 0, 4 => 1, _ => 2 });
        if (code.Length > 0)
        {
            body.Raw(Encoding.ASCII.GetBytes(code)).Int32(0).Raw(
                Convert.FromHexString("3f0c34bf93ad0d9971d04ccc90f705511c838aad9734a4a2fb0d7a03fc7fe89a"));
        }

        return TestEntries.Entry(LedgerEntryType.Offer, body.Int32(0).Int64(5).Int32(1).Int32(1).Int32(0).Int32(0));
    }
}
