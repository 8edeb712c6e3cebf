using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>Addresses as people give them.</summary>
public sealed class StellarAddressTests
{
    private const string Usdc = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN";

    [Fact]
    public void Parse_AccountAndContract_AreWhatTheTablesHold()
    {
        Assert.Equal("303B9911380EFE988BA0A8900EB1CFE44F366F7DBE946BED077240F7F624DF15C5",
            Convert.ToHexString(StellarAddress.Parse(Usdc).Stored.Span));
        var contract = StellarAddress.Parse("CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75");
        Assert.Equal("10ADEFCE59AEE52968F76061D494C2525B75659FA4296A65F499EF29E56477E496", Convert.ToHexString(contract.Stored.Span));
        Assert.True(contract.IsContract);
        Assert.Equal(contract.Text, StellarAddress.TextOf(contract.Stored.Span));
        Assert.Equal(contract, StellarAddress.Parse(contract.Text));
    }

    [Fact]
    public void Parse_MuxedAddress_IsItsAccountAndItsNumber()
    {
        byte[] key = StrKey.Decode(StrKeyKind.Account, Usdc);
        string muxed = StrKey.Encode(StrKeyKind.MuxedAccount, [.. key, 0, 0, 0, 0, 0, 0, 4, 210]);
        var address = StellarAddress.Parse(muxed);
        Assert.Equal((Usdc, muxed, 1234ul), (address.Text, address.Muxed, address.MuxedId));
    }

    [Theory]
    [InlineData("GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVA", "its checksum is wrong")]
    [InlineData("GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZV", "is not an address: ")]
    [InlineData("", "it has 0 characters")]
    [InlineData("ga5zsejyb37jrc5avcia5mop4rhtm335x2kgx3ihojapp5re34k4kzvn", "a character other than A to Z and 2 to 7")]
    public void Parse_TextThatIsNone_SaysWhy(string text, string why) =>
        Assert.Contains(why, Assert.Throws<QueryInputException>(() => StellarAddress.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_SecretSeed_IsNotRepeated()
    {
        string seed = StrKey.Encode(StrKeyKind.Seed, new byte[32]);
        string damaged = seed[..^1] + (seed[^1] == 'A' ? 'B' : 'A');
        Assert.DoesNotContain(seed, Assert.Throws<QueryInputException>(() => StellarAddress.Parse(seed)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(
            damaged, Assert.Throws<QueryInputException>(() => StellarAddress.Parse(damaged)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" {0}")]
    [InlineData("\t{1}")]
    [InlineData("\u200B{0}")]
    [InlineData("\"{0}\"")]
    [InlineData("{1}")]
    [InlineData("secret={1}")]
    [InlineData("GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN {0}")]
    [InlineData("Mine:{0}")]
    [InlineData("G{0}")]
    [InlineData("G{1}")]
    [InlineData("{2}")]
    [InlineData("-{2}")]
    public void Parse_SeedInAnyDress_IsNotRepeated(string form)
    {
        string seed = StrKey.Encode(StrKeyKind.Seed, [.. Enumerable.Range(1, 32).Select(number => (byte)number)]);
        string text = string.Format(
            System.Globalization.CultureInfo.InvariantCulture, form, seed, seed.ToLowerInvariant(), seed[..30] + " " + seed[30..^2]);
        string[] messages =
        [
            Assert.Throws<QueryInputException>(() => StellarAddress.Parse(text)).Message,
            Assert.Throws<QueryInputException>(() => Transactions.RequireHash(text)).Message,
            Assert.Throws<QueryInputException>(() => CursorText.Read<EventCursor>(text)).Message,
            SeedText.Masked($"Unrecognized command or argument '{seed}'."),
        ];
        Assert.All(messages, message => Assert.DoesNotContain(seed[1..20], message, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Masked_OtherWords_Stay()
    {
        const string message = $"'--suspend-retention' of {Usdc}, see s3://bucket/some/ledgers.";
        Assert.Equal(message, SeedText.Masked(message));
    }
}
