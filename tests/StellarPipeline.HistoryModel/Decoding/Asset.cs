using System.Security.Cryptography;
using System.Text;

namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>Asset, TrustLineAsset and ChangeTrustAsset. Equal when type, code, issuer and pool are.</summary>
/// <param name="Type">0 native, 1 code of four, 2 code of twelve, 3 pool share.</param>
/// <param name="Code">Hex of the code field with its zeros; empty for others.</param>
/// <param name="Issuer">The issuer's address, null without.</param>
/// <param name="Pool">The pool's id in hex, null without.</param>
public sealed record Asset(int Type, string Code, string? Issuer, string? Pool)
{
    public static Asset Native { get; } = new(0, "", null, null);

    /// <summary>The XDR of an Asset.</summary>
    public byte[] Xdr => Type switch
    {
        0 => new byte[4],
        1 or 2 => [0, 0, 0, (byte)Type, .. Convert.FromHexString(Code), 0, 0, 0, 0, .. Convert.FromHexString(Issuer!)[1..]],
        _ => throw new InvalidOperationException("a pool share is no Asset"),
    };

    public static Asset Credit(string code, byte[] issuer)
    {
        byte[] field = new byte[code.Length <= 4 ? 4 : 12];
        Encoding.ASCII.GetBytes(code, field);
        return new(code.Length <= 4 ? 1 : 2, Convert.ToHexStringLower(field), Address.AccountPrefix + Convert.ToHexStringLower(issuer),
            null);
    }

    public static Asset Read(XdrIn xdr) => ReadArms(xdr, static (xdr, arm) => throw xdr.Wrong($"Asset arm {arm}"));

    public static Asset ReadTrustline(XdrIn xdr) => ReadArms(
        xdr, static (xdr, arm) => arm == 3 ? new(3, "", null, xdr.Hash()) : throw xdr.Wrong($"TrustLineAsset arm {arm}"));

    /// <summary>ChangeTrustAsset: a pool comes by its parameters, whose hash is its id.</summary>
    public static Asset ReadChangeTrust(XdrIn xdr) => ReadArms(xdr, static (xdr, arm) =>
    {
        if (arm != 3) throw xdr.Wrong($"ChangeTrustAsset arm {arm}");
        int start = xdr.At;
        if (xdr.Int32() != 0) throw xdr.Wrong("kind of pool");
        Read(xdr);
        Read(xdr);
        xdr.Int32();
        return new(3, "", null, Convert.ToHexStringLower(SHA256.HashData(xdr.Since(start))));
    });

    /// <summary>AssetCode with the issuer from elsewhere.</summary>
    public static Asset ReadCode(XdrIn xdr, string issuer) => xdr.Int32() switch
    {
        1 => new(1, Convert.ToHexStringLower(xdr.Fixed(4)), issuer, null),
        2 => new(2, Convert.ToHexStringLower(xdr.Fixed(12)), issuer, null),
        var other => throw xdr.Wrong($"AssetCode arm {other}"),
    };

    private static Asset ReadArms(XdrIn xdr, Func<XdrIn, int, Asset> others)
    {
        int arm = xdr.Int32();
        if (arm == 0) return Native;
        if (arm is not (1 or 2)) return others(xdr, arm);
        string code = Convert.ToHexStringLower(xdr.Fixed(arm == 1 ? 4 : 12));
        return new(arm, code, Address.AccountId(xdr), null);
    }
}
