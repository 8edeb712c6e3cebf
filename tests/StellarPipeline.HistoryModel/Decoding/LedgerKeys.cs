namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>LedgerKey: its XDR, and the account that owns the entry (account, trustline, offer, data), null for others.</summary>
public sealed record LedgerKey(int Type, string? Owner, byte[] Xdr)
{
    public static LedgerKey Read(XdrIn xdr)
    {
        int start = xdr.At;
        int type = xdr.Int32();
        string? owner = type <= 3 ? Address.AccountId(xdr) : null;
        switch (type)
        {
            case 0: break;
            case 1: Asset.ReadTrustline(xdr); break;
            case 2: xdr.Int64(); break;
            case 3: xdr.Text(); break;
            case 4: Address.BalanceId(xdr); break;
            case 5 or 7 or 9: xdr.Hash(); break;
            case 6:
                Address.ScAddress(xdr);
                ScVal.Read(xdr);
                xdr.Bool();
                break;
            case 8: xdr.Int32(); break;
            default: throw xdr.Wrong($"LedgerKey arm {type}");
        }

        return new(type, owner, xdr.Since(start));
    }
}
