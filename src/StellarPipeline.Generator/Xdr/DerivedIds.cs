using System.Security.Cryptography;
using System.Text;

namespace StellarPipeline.Generator.Xdr;

/// <summary>Ids that are hashes of other values: networks, asset contracts, pools, keys of TTL entries.</summary>
internal static class DerivedIds
{
    /// <summary>The network id: SHA-256 of the passphrase.</summary>
    /// <param name="passphrase">The network passphrase.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Network(string passphrase) => SHA256.HashData(Encoding.UTF8.GetBytes(passphrase));

    /// <summary>The contract id of an asset's built-in contract: ENVELOPE_TYPE_CONTRACT_ID, network id, preimage from asset.</summary>
    /// <param name="networkId">32 bytes, see <see cref="Network"/>.</param>
    /// <param name="asset">An encoded Asset, see <see cref="AssetXdr"/>.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] AssetContract(ReadOnlySpan<byte> networkId, ReadOnlySpan<byte> asset)
    {
        byte[] id = new byte[32];
        AssetContract(networkId, asset, id);
        return id;
    }

    /// <summary>The same, written into the caller's memory.</summary>
    /// <param name="networkId">32 bytes.</param>
    /// <param name="asset">An encoded Asset.</param>
    /// <param name="destination">32 bytes.</param>
    public static void AssetContract(ReadOnlySpan<byte> networkId, ReadOnlySpan<byte> asset, Span<byte> destination)
    {
        Span<byte> preimage = stackalloc byte[40 + 52];
        preimage[..40].Clear();
        preimage[3] = 8;
        networkId.CopyTo(preimage[4..]);
        preimage[39] = 1;
        asset.CopyTo(preimage[40..]);
        SHA256.HashData(preimage[..(40 + asset.Length)], destination);
    }

    /// <summary>The id of a constant-product pool: SHA-256 of its parameters.</summary>
    /// <param name="assetA">An encoded Asset, the smaller one.</param>
    /// <param name="assetB">An encoded Asset, the greater one.</param>
    /// <param name="feeBasisPoints">The fee in basis points; 30 in all existing pools.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Pool(ReadOnlySpan<byte> assetA, ReadOnlySpan<byte> assetB, int feeBasisPoints = 30)
    {
        using XdrWriter writer = new(128);
        writer.WriteInt32(0);
        writer.WriteRaw(assetA);
        writer.WriteRaw(assetB);
        writer.WriteInt32(feeBasisPoints);
        return SHA256.HashData(writer.WrittenSpan);
    }

    /// <summary>The key hash of the TTL entry that belongs to a contract entry.</summary>
    /// <param name="ledgerKey">The contract entry's encoded LedgerKey.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] TimeToLiveKey(ReadOnlySpan<byte> ledgerKey) => SHA256.HashData(ledgerKey);
}
