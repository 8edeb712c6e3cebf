using System.Text;
using StellarPipeline.Xdr.Tests.Support;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Tests;

public class StrKeyTests
{
    private const string Key = "3f0c34bf93ad0d9971d04ccc90f705511c838aad9734a4a2fb0d7a03fc7fe89a";
    private const string Payload29 = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d";

    // The valid test cases of SEP-23, and the asset contracts of three networks.
    [Theory]
    [InlineData(StrKeyKind.Account, Key, "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ")]
    [InlineData(StrKeyKind.Contract, Key, "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA")]
    [InlineData(StrKeyKind.LiquidityPool, Key, "LA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUPJN")]
    [InlineData(StrKeyKind.ClaimableBalance, "00" + Key, "BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TU")]
    [InlineData(StrKeyKind.MuxedAccount, Key + "0000000000000000", "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ")]
    [InlineData(StrKeyKind.MuxedAccount, Key + "8000000000000000", "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLK")]
    [InlineData(StrKeyKind.MuxedContract, Key + "0000000000000000",
        "WA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAAAWWC")]
    [InlineData(StrKeyKind.MuxedContract, Key + "8000000000000000",
        "WA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAACWJY")]
    [InlineData(StrKeyKind.SignedPayload, Key + "00000020" + Payload29 + "1e1f20",
        "PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAQACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6IBZGM")]
    [InlineData(StrKeyKind.SignedPayload, Key + "0000001d" + Payload29 + "000000",
        "PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAOQCAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUAAAAFGBU")]
    [InlineData(StrKeyKind.PreAuthorizedTransaction, "5151515151515151515151515151515151515151515151515151515151515151",
        "TBIVCUKRKFIVCUKRKFIVCUKRKFIVCUKRKFIVCUKRKFIVCUKRKFIVCIJS")]
    [InlineData(StrKeyKind.HashX, "5252525252525252525252525252525252525252525252525252525252525252",
        "XBJFEUSSKJJFEUSSKJJFEUSSKJJFEUSSKJJFEUSSKJJFEUSSKJJFE4EM")]
    public void EncodeAndDecode_KnownStrKey_GivesEachOther(StrKeyKind kind, string hex, string text)
    {
        byte[] payload = Convert.FromHexString(hex);
        Assert.Equal(text, StrKey.Encode(kind, payload));
        Assert.Equal(text.Length, StrKey.EncodedLength(payload.Length));
        Assert.Equal(payload, StrKey.Decode(kind, text));

        byte[] utf8 = new byte[StrKey.MaxChars], decoded = new byte[StrKey.MaxPayloadBytes];
        Assert.Equal(text.Length, StrKey.Encode(kind, payload, utf8));
        Assert.Equal(text, Encoding.ASCII.GetString(utf8, 0, text.Length));
        Assert.True(StrKey.TryDecode(utf8.AsSpan(0, text.Length), decoded, out StrKeyKind actual, out int payloadBytes));
        Assert.Equal((kind, hex), (actual, Convert.ToHexStringLower(decoded.AsSpan(0, payloadBytes))));
    }

    [Fact]
    public void Encode_EveryKindAndRandomPayload_DecodesToTheSame()
    {
        const int seed = 83;
        var random = new Random(seed);
        foreach (StrKeyKind kind in Enum.GetValues<StrKeyKind>())
        {
            for (int round = 0; round < 300; round++)
            {
                byte[] payload = RandomPayload(kind, random);
                string text = StrKey.Encode(kind, payload);
                Assert.Equal(payload, StrKey.Decode(kind, text));
                Assert.Equal("BCGLMPSTWX"[Array.IndexOf(Enum.GetValues<StrKeyKind>(), kind)], text[0]);
            }
        }
    }

    // The invalid test cases of SEP-23, and each further rule.
    [Theory]
    [InlineData("GAAAAAAAACGC6", StrKeyProblem.PayloadLength)]
    [InlineData("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUR", StrKeyProblem.TrailingBits)]
    [InlineData("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZA", StrKeyProblem.Length)]
    [InlineData("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUACUSI", StrKeyProblem.PayloadLength)]
    [InlineData("G47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVP2I", StrKeyProblem.Version)]
    [InlineData("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLKA", StrKeyProblem.Length)]
    [InlineData("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAAV75I", StrKeyProblem.PayloadLength)]
    [InlineData("M47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ", StrKeyProblem.Checksum)]
    [InlineData("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUK===", StrKeyProblem.Character)]
    [InlineData("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUO", StrKeyProblem.Checksum)]
    [InlineData("PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAQACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6IAAAAAAAAPM",
        StrKeyProblem.PayloadContent)]
    [InlineData("PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAOQCAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4Z2PQ",
        StrKeyProblem.PayloadContent)]
    [InlineData("PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAOQCAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DXFH6",
        StrKeyProblem.PayloadContent)]
    [InlineData("BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TV", StrKeyProblem.TrailingBits)]
    [InlineData("BAAT6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGXACA", StrKeyProblem.PayloadContent)]
    [InlineData("WA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAAAWWD", StrKeyProblem.TrailingBits)]
    [InlineData("WA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAAAWWG", StrKeyProblem.Checksum)]
    [InlineData("W47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAADXHW", StrKeyProblem.Version)]
    [InlineData("WA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAAAWWCA", StrKeyProblem.Length)]
    [InlineData("", StrKeyProblem.Length)]
    [InlineData("GA", StrKeyProblem.Length)]
    [InlineData("ga7qynf7sowq3glr2bgmzehxavirza4kvwltjjfc7mgxua74p7ujvsgz", StrKeyProblem.Character)]
    [InlineData("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSG1", StrKeyProblem.Character)]
    [InlineData("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSG\u0141", StrKeyProblem.Character)]
    [InlineData("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGA", StrKeyProblem.Checksum)]
    public void TryDecode_InvalidText_SaysWhy(string text, StrKeyProblem problem)
    {
        byte[] payload = new byte[StrKey.MaxPayloadBytes];
        Assert.False(StrKey.TryDecode(text, payload, out _, out int payloadBytes, out StrKeyProblem utf16));
        Assert.Equal(problem, utf16);
        Assert.Equal(0, payloadBytes);
        Assert.False(
            StrKey.TryDecode(Encoding.Latin1.GetBytes(text.Replace('\u0141', '\u00c1')), payload, out _, out _, out StrKeyProblem utf8));
        Assert.Equal(problem, utf8);
        StrKeyFormatException error = Assert.Throws<StrKeyFormatException>(() => StrKey.Decode(StrKeyKind.Account, text));
        Assert.Equal(problem, error.Problem);
    }

    [Fact]
    public void TryDecode_LongerThanAnyStrKey_IsRefused()
    {
        Assert.False(StrKey.TryDecode(new string('A', 168), new byte[StrKey.MaxPayloadBytes], out _, out _, out StrKeyProblem problem));
        Assert.Equal(StrKeyProblem.Length, problem);
    }

    [Fact]
    public void TryDecode_EveryChangedCharacter_IsRefused()
    {
        const string text = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ";
        byte[] payload = new byte[StrKey.MaxPayloadBytes];
        for (int index = 0; index < text.Length; index++)
        {
            foreach (char other in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=a01")
            {
                if (other != text[index])
                    Assert.False(StrKey.TryDecode($"{text[..index]}{other}{text[(index + 1)..]}", payload, out _, out _));
            }
        }
    }

    [Theory]
    [InlineData("GA7Q", "no strkey has 4 characters")]
    [InlineData("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZA", "no strkey has 57 characters")]
    [InlineData("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSG1", "it contains a character other than A to Z and 2 to 7")]
    [InlineData("BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TV", "the unused bits of its last character are not zero")]
    [InlineData("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGA", "its checksum is wrong")]
    [InlineData("G47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVP2I", "its version byte 55 is not known")]
    [InlineData("GAAAAAAAACGC6", "its payload does not have the length of kind Account")]
    [InlineData("BAAT6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGXACA", "its payload is not well formed for kind ClaimableBalance")]
    [InlineData("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA", "it is of kind Contract")]
    public void Decode_InvalidText_SaysWhyButNotTheText(string text, string why)
    {
        StrKeyFormatException error = Assert.Throws<StrKeyFormatException>(() => StrKey.Decode(StrKeyKind.Account, text));
        Assert.Equal($"The text is not a strkey of kind Account: {why}. Copy it again, complete and in capital letters.", error.Message);
    }

    [Fact]
    public void Encode_PayloadOfAnotherKind_ThrowsArgumentException()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => StrKey.Encode(StrKeyKind.Account, new byte[33]));
        Assert.Equal(
            "A payload of 33 bytes cannot be a strkey of kind Account (PayloadLength). Lay it out as the kind describes.", error.Message);
        Assert.Throws<ArgumentException>(() => StrKey.Encode(StrKeyKind.MuxedAccount, new byte[32]));
        Assert.Throws<ArgumentException>(() => StrKey.Encode(StrKeyKind.MuxedContract, new byte[32]));
        Assert.Throws<ArgumentException>(() => StrKey.Encode(StrKeyKind.ClaimableBalance, new byte[32]));
        Assert.Throws<ArgumentException>(() => StrKey.Encode(StrKeyKind.SignedPayload, new byte[32]));
        Assert.Throws<ArgumentException>(() => StrKey.Encode((StrKeyKind)0x31, new byte[32]));
    }

    [Fact]
    public void EncodeAndDecode_DestinationTooShort_ThrowsArgumentException()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => StrKey.Encode(StrKeyKind.Account, new byte[32], new byte[55]));
        Assert.Equal("The destination has room for 55 elements, but 56 are needed. Pass a longer one.", error.Message);
        Assert.Throws<ArgumentException>(() => StrKey.Encode(StrKeyKind.Account, new byte[32], new char[55]));
        string text = StrKey.Encode(StrKeyKind.Account, new byte[32]);
        Assert.Throws<ArgumentException>(() => StrKey.TryDecode(text, new byte[31], out _, out _));
    }

    [Fact]
    public void Encode_AddressIntoSpans_WritesTheSameAsTheString()
    {
        var random = new RandomKeys(89, hasMuxedContracts: true);
        Span<byte> utf8 = stackalloc byte[StrKey.MuxedAccountChars];
        Span<char> utf16 = stackalloc char[StrKey.MuxedAccountChars];
        for (int round = 0; round < 200; round++)
        {
            XdrBuilder xdr = new XdrBuilder().Int32(18);
            random.Address().Encode(xdr);
            ScAddressView address = ScValView.Parse(xdr.ToArray()).AsAddress();
            string text = StrKey.Encode(address);
            Assert.Equal(text, Encoding.ASCII.GetString(utf8[..StrKey.Encode(address, utf8)]));
            Assert.Equal(text, new string(utf16[..StrKey.Encode(address, utf16)]));
            Assert.Equal("GCMBLW"[(int)address.Type], text[0]);
        }
    }

    private static byte[] RandomPayload(StrKeyKind kind, Random random)
    {
        int signedBytes = random.Next(65);
        byte[] payload = new byte[kind switch
        {
            StrKeyKind.MuxedAccount or StrKeyKind.MuxedContract => 40,
            StrKeyKind.ClaimableBalance => 33,
            StrKeyKind.SignedPayload => 36 + (signedBytes + 3) / 4 * 4,
            _ => 32,
        }];
        random.NextBytes(payload);
        if (kind == StrKeyKind.ClaimableBalance)
            payload[0] = 0;
        if (kind == StrKeyKind.SignedPayload)
        {
            payload.AsSpan(32).Clear();
            payload[35] = (byte)signedBytes;
            random.NextBytes(payload.AsSpan(36, signedBytes));
        }

        return payload;
    }
}
