namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>LedgerHeaderHistoryEntry.</summary>
public sealed record HeaderEntry(string Hash, Header Header)
{
    public static HeaderEntry Read(XdrIn xdr)
    {
        HeaderEntry entry = new(xdr.Hash(), Header.Read(xdr));
        xdr.NoExtension();
        return entry;
    }
}

/// <summary>LedgerHeader.</summary>
public sealed record Header(
    uint Version, string PreviousHash, StellarValue Value, string ResultSetHash, uint Sequence, byte[] Xdr)
{
    public static Header Read(XdrIn xdr)
    {
        int start = xdr.At;
        uint version = xdr.UInt32();
        string previous = xdr.Hash();
        var value = StellarValue.Read(xdr);
        string results = xdr.Hash();
        xdr.Hash();
        uint sequence = xdr.UInt32();
        xdr.Fixed(8 + 8 + 4 + 8 + 4 + 4 + 4 + (4 * 32));
        if (xdr.Bool())
        {
            xdr.UInt32();
            xdr.NoExtension();
        }

        return new(version, previous, value, results, sequence, xdr.Since(start));
    }
}

/// <summary>StellarValue.</summary>
/// <param name="Arm">0 BASIC, 1 SIGNED, 2 EMPTY_TX_SET, 3 SIGNED_MS, 4 EMPTY_TX_SET_MS.</param>
/// <param name="TransactionSetHash">Of arms 2 and 4 the one in the extension.</param>
/// <param name="CloseTime">Unix seconds.</param>
public sealed record StellarValue(int Arm, string TransactionSetHash, ulong CloseTime)
{
    public static StellarValue Read(XdrIn xdr)
    {
        string set = xdr.Hash();
        ulong time = xdr.UInt64();
        xdr.List(static xdr => xdr.Opaque());
        int arm = xdr.Int32();
        if (arm is < 0 or > 4) throw xdr.Wrong($"StellarValue arm {arm}");
        if (arm >= 3 && xdr.UInt64() / 1000 != time) throw xdr.Wrong("two close times");
        if (arm is 2 or 4)
        {
            set = xdr.Hash();
            xdr.Hash();
            xdr.UInt32();
        }

        if (arm != 0)
        {
            Address.AccountId(xdr);
            xdr.Opaque();
        }

        return new(arm, set, time);
    }
}
