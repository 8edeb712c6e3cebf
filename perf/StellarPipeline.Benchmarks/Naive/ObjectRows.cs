using System.Security.Cryptography;
using System.Text;
using StellarPipeline.Xdr;

namespace StellarPipeline.Benchmarks.Naive;

/// <summary>Makes rows of boxed values from objects; a dictionary has the ids of assets by their text.</summary>
internal sealed class ObjectRows(uint checkpoint)
{
    private const long ReserveStroops = 5_000_000;
    private readonly Dictionary<string, Guid> assets = [];

    public object[] RowOf(LedgerEntryObject entry) => entry.Body switch
    {
        AccountObject account => RowOf(account),
        TrustlineObject trustline => RowOf(trustline),
        _ => throw new NotSupportedException("The baseline makes rows only of accounts and trustlines."),
    };

    private object[] RowOf(AccountObject account) =>
    [
        Address(account.AccountId), account.Balance,
        (2 + account.SubEntryCount + account.NumSponsoring - account.NumSponsored) * ReserveStroops,
        account.Liabilities?.Buying ?? 0L, account.Liabilities?.Selling ?? 0L, (int)account.SubEntryCount, (long)checkpoint,
    ];

    private object[] RowOf(TrustlineObject trustline) =>
    [
        Address(trustline.AccountId), AssetId($"{trustline.Code}:{StrKey.Encode(StrKeyKind.Account, trustline.Issuer)}"), trustline.Balance,
        trustline.Limit,
        trustline.Liabilities?.Buying ?? 0L, trustline.Liabilities?.Selling ?? 0L, (int)trustline.Flags, (long)checkpoint,
    ];

    private static byte[] Address(byte[] key) => [(byte)StrKeyKind.Account, .. key];

    private Guid AssetId(string name)
    {
        if (assets.TryGetValue(name, out Guid id)) return id;
        id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16), bigEndian: true);
        assets.Add(name, id);
        return id;
    }
}
