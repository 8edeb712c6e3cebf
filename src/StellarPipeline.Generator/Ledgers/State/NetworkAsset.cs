using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>An asset of the simulated network, with its contract.</summary>
internal sealed class NetworkAsset
{
    private NetworkAsset(string code, byte[]? issuer, byte[] xdr, byte[] networkId)
    {
        Code = code;
        Issuer = issuer;
        Xdr = xdr;
        Contract = DerivedIds.AssetContract(networkId, xdr);
    }

    public string Code { get; }

    /// <summary>The issuer's key, null for the native asset.</summary>
    public byte[]? Issuer { get; }

    public byte[] Xdr { get; }

    /// <summary>The id of the asset's contract.</summary>
    public byte[] Contract { get; }

    public bool IsNative => Issuer is null;

    /// <summary>The name in events: native, or CODE:ISSUER.</summary>
    public string Name => Issuer is null ? "native" : $"{Code}:{StrKey.Encode(StrKeyKind.Account, Issuer)}";

    public static NetworkAsset Native(byte[] networkId) => new("", null, AssetXdr.Native(), networkId);

    public static NetworkAsset Credit(string code, byte[] issuer, byte[] networkId) => new(
        code, issuer, AssetXdr.Credit(code, issuer), networkId);

    public bool IsIssuedBy(byte[] account) => Issuer is not null && Issuer.AsSpan().SequenceEqual(account);

    /// <summary>Compares by type, code and issuer, the order of assets in a pool, which equals the order of the XDR bytes.</summary>
    public int CompareTo(NetworkAsset other) => Xdr.AsSpan().SequenceCompareTo(other.Xdr);
}
