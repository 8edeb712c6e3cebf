namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>Addresses as the rows hold them: hex of the strkey version byte and 32 bytes.</summary>
public static class Address
{
    public const string AccountPrefix = "30";
    public const string ContractPrefix = "10";
    public const string PoolPrefix = "58";
    public const string BalancePrefix = "08";

    /// <summary>A muxed account cut to 33 bytes: the version byte of M and the key.</summary>
    public const string MuxedPrefix = "60";

    public static bool IsAccount(string? address) => address?.StartsWith(AccountPrefix, StringComparison.Ordinal) == true;

    public static bool IsContract(string? address) => address?.StartsWith(ContractPrefix, StringComparison.Ordinal) == true;

    public static bool IsPool(string? address) => address?.StartsWith(PoolPrefix, StringComparison.Ordinal) == true;

    public static bool IsBalance(string? address) => address?.StartsWith(BalancePrefix, StringComparison.Ordinal) == true;

    public static string AccountId(XdrIn xdr) => xdr.Int32() == 0 ? AccountPrefix + xdr.Hash() : throw xdr.Wrong("kind of public key");

    public static string PoolId(XdrIn xdr) => PoolPrefix + xdr.Hash();

    public static string BalanceId(XdrIn xdr) => xdr.Int32() == 0 ? BalancePrefix + xdr.Hash() : throw xdr.Wrong(
        "kind of claimable balance id");

    /// <summary>SCAddress; muxed arms give the account or contract alone.</summary>
    public static string ScAddress(XdrIn xdr)
    {
        switch (xdr.Int32())
        {
            case 0: return AccountId(xdr);
            case 1: return ContractPrefix + xdr.Hash();
            case 2: xdr.UInt64(); return AccountPrefix + xdr.Hash();
            case 3: return BalanceId(xdr);
            case 4: return PoolId(xdr);
            case 5: xdr.UInt64(); return ContractPrefix + xdr.Hash();
            case var other: throw xdr.Wrong($"SCAddress arm {other}");
        }
    }
}

/// <summary>MuxedAccount: the account, and the id where it is muxed.</summary>
public sealed record MuxedAccount(string Account, ulong? Id)
{
    public static MuxedAccount Read(XdrIn xdr)
    {
        switch (xdr.Int32())
        {
            case 0: return new(Address.AccountPrefix + xdr.Hash(), null);
            case 0x100:
                ulong id = xdr.UInt64();
                return new(Address.AccountPrefix + xdr.Hash(), id);
            case var other: throw xdr.Wrong($"MuxedAccount arm {other}");
        }
    }
}

/// <summary>SignerKey: its 33 bytes as the rows hold them, and its strkey, which gives the order.</summary>
public sealed record SignerKey(string Address, string StrKey)
{
    public static SignerKey Read(XdrIn xdr)
    {
        int arm = xdr.Int32();
        byte version = arm switch { 0 => 0x30, 1 => 0x98, 2 => 0xb8, 3 => 0x78, _ => throw xdr.Wrong($"SignerKey arm {arm}") };
        byte[] key = xdr.Fixed(32);
        byte[] payload = key;
        if (arm == 3)
        {
            int start = xdr.At;
            xdr.Opaque();
            payload = [.. key, .. xdr.Since(start)];
        }

        return new(Convert.ToHexStringLower([version, .. key]), StrKeyText.Encode(version, payload));
    }

    /// <summary>The key of the account itself.</summary>
    public static SignerKey Of(string account) => new(account, StrKeyText.Encode(0x30, Convert.FromHexString(account)[1..]));
}
