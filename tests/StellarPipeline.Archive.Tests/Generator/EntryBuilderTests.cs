using System.Security.Cryptography;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Archive.Tests.Generator;

public class EntryBuilderTests
{
    private const string PublicNetwork = "Public Global Stellar Network ; September 2015";

    [Fact]
    public void BalanceKey_KnownContracts_EqualsReferenceBytes()
    {
        ContractDataBuilder balance = new()
        {
            Contract = ScAddressXdr.Contract(Filled(0x11)),
            StorageKey = StellarAssetContractXdr.BalanceKey(Filled(0x33)),
        };

        string expected =
            "00000006" + "00000001" + Hex(0x11) + "00000010" + "00000001" + "00000002" + "0000000f" + "00000007" + "42616c616e636500"
                + "00000012" + "00000001" + Hex(0x33) + "00000001";
        Assert.Equal(expected, Convert.ToHexStringLower(balance.Key()));
        Assert.Equal("ea03163c55a10e4383def716bc8e61b3ec36b200cbaa58168643de0eb15fdce3",
            Convert.ToHexStringLower(DerivedIds.TimeToLiveKey(balance.Key())));
    }

    [Fact]
    public void InstanceKey_KnownContract_EqualsReferenceBytes()
    {
        ContractDataBuilder instance = new() { Contract = ScAddressXdr.Contract(Filled(0x11)) };

        Assert.Equal("00000006" + "00000001" + Hex(0x11) + "00000014" + "00000001", Convert.ToHexStringLower(instance.Key()));
    }

    [Fact]
    public void AssetContract_NativeOnPublicNetwork_EqualsPubliclyKnownId()
    {
        byte[] id = DerivedIds.AssetContract(DerivedIds.Network(PublicNetwork), AssetXdr.Native());

        Assert.Equal("7ac33997544e3175d266bd022439b22cdb16508c01163f26e5cb2a3e1045a979",
            Convert.ToHexStringLower(DerivedIds.Network(PublicNetwork)));
        Assert.Equal("CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA", ContractText(id));
    }

    [Fact]
    public void AssetContract_UsdCoinOnPublicNetwork_EqualsPubliclyKnownId()
    {
        byte[] issuer = FromText("GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN");

        byte[] id = DerivedIds.AssetContract(DerivedIds.Network(PublicNetwork), AssetXdr.Credit("USDC", issuer));

        Assert.Equal("CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75", ContractText(id));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 20)]
    [InlineData(2, 36)]
    [InlineData(3, 52)]
    public void Account_EachExtension_AddsItsBytes(int extension, int expectedMoreBytes)
    {
        byte[] plain = new AccountBuilder().Entry();

        byte[] extended = new AccountBuilder { Extension = extension }.Entry();

        Assert.Equal(4 + 4 + 36 + 8 + 8 + 4 + 4 + 4 + 4 + 4 + 4 + 4 + 4, plain.Length);
        Assert.Equal(plain.Length + expectedMoreBytes, extended.Length);
    }

    [Fact]
    public void Sponsor_Set_WritesExtensionOneAtTheEnd()
    {
        byte[] entry = new OfferBuilder { Sponsor = Filled(0x44) }.Entry();

        Assert.Equal("00000001" + "00000001" + "00000000" + Hex(0x44) + "00000000", Convert.ToHexStringLower(entry[^48..]));
    }

    [Fact]
    public void ContractCode_NoHashGiven_TakesTheHashOfTheCode()
    {
        byte[] code = [0, 0x61, 0x73, 0x6d, 1];

        byte[] key = new ContractCodeBuilder { Code = code }.Key();

        Assert.Equal(SHA256.HashData(code), key[4..]);
    }

    [Fact]
    public void ConfigSetting_EveryId_HasAnArmOfWholeUnits()
    {
        for (int id = 0; id <= 20; id++)
        {
            int bytes = new ConfigSettingBuilder { SettingId = id }.Entry().Length;

            Assert.True(bytes > 16 && bytes % 4 == 0, $"Setting {id} has {bytes} bytes.");
        }
    }

    [Fact]
    public void WriteOpaque_LengthNotAMultipleOfFour_PadsWithZeros()
    {
        using XdrWriter writer = new(4);
        writer.Take(8).Fill(0xff);
        writer.Clear();

        writer.WriteOpaque([1, 2, 3, 4, 5]);

        Assert.Equal("000000050102030405000000", Convert.ToHexStringLower(writer.WrittenSpan));
    }

    internal static byte[] Filled(byte value)
    {
        byte[] bytes = new byte[32];
        Array.Fill(bytes, value);
        return bytes;
    }

    private static string Hex(byte value) => Convert.ToHexStringLower(Filled(value));

    private static byte[] FromText(string strKey)
    {
        List<byte> bytes = [];
        int bits = 0;
        int held = 0;
        foreach (char character in strKey)
        {
            bits = (bits << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(character, StringComparison.Ordinal);
            held += 5;
            if (held < 8) continue;
            held -= 8;
            bytes.Add((byte)(bits >> held));
        }

        return bytes.GetRange(1, 32).ToArray();
    }

    private static string ContractText(byte[] id)
    {
        byte[] payload = [0x10, .. id];
        ushort crc = 0;
        foreach (byte value in payload)
        {
            crc ^= (ushort)(value << 8);
            for (int bit = 0; bit < 8; bit++) crc = (ushort)((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
        }

        System.Numerics.BigInteger number = new([.. payload, (byte)crc, (byte)(crc >> 8)], isUnsigned: true, isBigEndian: true);
        char[] text = new char[56];
        for (int index = 55; index >= 0; index--, number >>= 5) text[index] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(int)(number & 31)];
        return new string(text);
    }
}
