namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>A ledger entry.</summary>
/// <param name="Type">LedgerEntryType.</param>
/// <param name="Body">One of the records below, or null for kinds that no rule reads.</param>
/// <param name="Sponsor">Who pays its reserve, null without.</param>
/// <param name="KeyXdr">The XDR of its LedgerKey.</param>
/// <param name="Xdr">The entry's own bytes.</param>
public sealed record LedgerEntry(int Type, object? Body, string? Sponsor, byte[] KeyXdr, byte[] Xdr)
{
    public static LedgerEntry Read(XdrIn xdr)
    {
        int entryStart = xdr.At;
        xdr.UInt32();
        int type = xdr.Int32();
        byte[] typeXdr = [0, 0, 0, (byte)type];
        int start = xdr.At;
        byte[]? key = null;
        void KeyEnds() => key = [.. typeXdr, .. xdr.Since(start)];
        object? body = type switch
        {
            0 => AccountEntry.Read(xdr, KeyEnds),
            1 => TrustlineEntry.Read(xdr, KeyEnds),
            2 => ReadOffer(xdr, KeyEnds),
            3 => DataEntry.Read(xdr, KeyEnds),
            4 => BalanceEntry.Read(xdr, KeyEnds),
            5 => PoolEntry.Read(xdr, KeyEnds),
            6 => ReadContractData(),
            7 => ReadContractCode(),
            8 => ReadSetting(),
            9 => ReadTimeToLive(),
            _ => throw xdr.Wrong($"LedgerEntry arm {type}"),
        };
        string? sponsor = null;
        if (xdr.Bool())
        {
            sponsor = xdr.Optional(Address.AccountId);
            xdr.NoExtension();
        }

        return new(type, body, sponsor, key!, xdr.Since(entryStart));

        object ReadContractData()
        {
            xdr.NoExtension();
            start = xdr.At;
            string contract = Address.ScAddress(xdr);
            var storageKey = ScVal.Read(xdr);
            xdr.Bool();
            KeyEnds();
            return new ContractDataEntry(contract, storageKey, ScVal.Read(xdr));
        }

        object? ReadContractCode()
        {
            if (xdr.Bool())
            {
                xdr.NoExtension();
                xdr.NoExtension();
                for (int input = 0; input < 10; input++) xdr.UInt32();
            }

            start = xdr.At;
            xdr.Hash();
            KeyEnds();
            xdr.Opaque();
            return null;
        }

        object? ReadSetting()
        {
            int id = xdr.Int32();
            KeyEnds();
            SkipSetting(xdr, id);
            return null;
        }

        object? ReadTimeToLive()
        {
            xdr.Hash();
            KeyEnds();
            xdr.UInt32();
            return null;
        }
    }

    /// <summary>OfferEntry; nothing of it is asked for.</summary>
    public static object? ReadOffer(XdrIn xdr, Action keyEnds)
    {
        Address.AccountId(xdr);
        xdr.Int64();
        keyEnds();
        Asset.Read(xdr);
        Asset.Read(xdr);
        xdr.Int64();
        xdr.Fixed(8);
        xdr.UInt32();
        xdr.NoExtension();
        return null;
    }

    private static void SkipSetting(XdrIn xdr, int id)
    {
        switch (id)
        {
            case 0 or 8 or 9 or 11 or 14: xdr.Fixed(4); break;
            case 1: xdr.Fixed(28); break;
            case 2: xdr.Fixed(84); break;
            case 3: xdr.Fixed(8); break;
            case 4 or 15: xdr.Fixed(12); break;
            case 5 or 13: xdr.Fixed(16); break;
            case 6 or 7: xdr.List(static xdr => xdr.Fixed(20)); break;
            case 10: xdr.Fixed(48); break;
            case 12: xdr.List(static xdr => xdr.UInt64()); break;
            case 16: xdr.Fixed(20); break;
            case 17: xdr.List(static xdr => xdr.Opaque()); break;
            case 18:
                xdr.List(static xdr => xdr.Opaque());
                xdr.List(static xdr => xdr.Opaque());
                break;
            case 19: xdr.List(static xdr => xdr.Hash()); break;
            case 20:
                xdr.List(static xdr => xdr.Hash());
                xdr.List(static xdr => xdr.Hash());
                break;
            default: throw xdr.Wrong($"ConfigSettingEntry arm {id}");
        }
    }
}

/// <summary>A signer of an account, and who sponsors it.</summary>
public sealed record AccountSigner(SignerKey Key, uint Weight, string? Sponsor);

/// <summary>AccountEntry.</summary>
public sealed record AccountEntry(string Id, long Balance, uint Flags, string HomeDomain, byte[] Thresholds, List<AccountSigner> Signers)
{
    public static AccountEntry Read(XdrIn xdr, Action keyEnds)
    {
        string id = Address.AccountId(xdr);
        keyEnds();
        long balance = xdr.Int64();
        xdr.Int64();
        xdr.UInt32();
        xdr.Optional(Address.AccountId);
        uint flags = xdr.UInt32();
        string homeDomain = xdr.Text();
        byte[] thresholds = xdr.Fixed(4);
        List<AccountSigner> signers = xdr.List(static xdr => new AccountSigner(SignerKey.Read(xdr), xdr.UInt32(), null));
        if (xdr.Bool())
        {
            xdr.Fixed(16);
            if (xdr.Int32() == 2)
            {
                xdr.Fixed(8);
                List<string?> sponsors = xdr.List(static xdr => xdr.Optional(Address.AccountId));
                signers = [.. signers.Select((signer, index) => signer with { Sponsor = sponsors[index] })];
                if (xdr.Int32() == 3)
                {
                    xdr.NoExtension();
                    xdr.Fixed(12);
                }
            }
        }

        return new(id, balance, flags, homeDomain, thresholds, signers);
    }
}

/// <summary>TrustLineEntry.</summary>
public sealed record TrustlineEntry(string Account, Asset Asset, long Limit, uint Flags)
{
    public static TrustlineEntry Read(XdrIn xdr, Action keyEnds)
    {
        string account = Address.AccountId(xdr);
        var asset = Asset.ReadTrustline(xdr);
        keyEnds();
        xdr.Int64();
        TrustlineEntry entry = new(account, asset, xdr.Int64(), xdr.UInt32());
        if (xdr.Bool())
        {
            xdr.Fixed(16);
            if (xdr.Int32() == 2)
            {
                xdr.Int32();
                xdr.NoExtension();
            }
        }

        return entry;
    }
}

/// <summary>DataEntry.</summary>
public sealed record DataEntry(string Account, string Name, byte[] Value)
{
    public static DataEntry Read(XdrIn xdr, Action keyEnds)
    {
        string account = Address.AccountId(xdr);
        string name = xdr.Text();
        keyEnds();
        DataEntry entry = new(account, name, xdr.Opaque());
        xdr.NoExtension();
        return entry;
    }
}

/// <summary>ClaimableBalanceEntry.</summary>
public sealed record BalanceEntry(string Id, Asset Asset, long Amount)
{
    public static BalanceEntry Read(XdrIn xdr, Action keyEnds)
    {
        string id = Address.BalanceId(xdr);
        keyEnds();
        xdr.List(ReadClaimant);
        BalanceEntry entry = new(id, Asset.Read(xdr), xdr.Int64());
        if (xdr.Bool())
        {
            xdr.NoExtension();
            xdr.UInt32();
        }

        return entry;
    }

    /// <summary>Claimant: the account.</summary>
    public static string ReadClaimant(XdrIn xdr)
    {
        if (xdr.Int32() != 0) throw xdr.Wrong("kind of claimant");
        string account = Address.AccountId(xdr);
        SkipPredicate(xdr);
        return account;
    }

    private static int SkipPredicate(XdrIn xdr)
    {
        int arm = xdr.Int32();
        switch (arm)
        {
            case 0: break;
            case 1 or 2: xdr.List(SkipPredicate); break;
            case 3: xdr.OptionalValue(SkipPredicate); break;
            case 4 or 5: xdr.Int64(); break;
            default: throw xdr.Wrong($"ClaimPredicate arm {arm}");
        }

        return arm;
    }
}

/// <summary>LiquidityPoolEntry.</summary>
public sealed record PoolEntry(string Id, Asset AssetA, Asset AssetB, long ReserveA, long ReserveB)
{
    public static PoolEntry Read(XdrIn xdr, Action keyEnds)
    {
        string id = Address.PoolId(xdr);
        keyEnds();
        if (xdr.Int32() != 0) throw xdr.Wrong("kind of pool");
        var assetA = Asset.Read(xdr);
        var assetB = Asset.Read(xdr);
        xdr.Int32();
        PoolEntry entry = new(id, assetA, assetB, xdr.Int64(), xdr.Int64());
        xdr.Fixed(16);
        return entry;
    }
}

/// <summary>ContractDataEntry.</summary>
public sealed record ContractDataEntry(string Contract, ScVal Key, ScVal Value);
