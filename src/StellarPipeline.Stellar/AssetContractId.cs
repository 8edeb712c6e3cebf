using System.Buffers.Binary;
using System.Security.Cryptography;

namespace StellarPipeline.Stellar;

/// <summary>
/// Computes the contract id of an asset contract (SAC): SHA-256 of the HashIDPreimage of CAP-46-02, ENVELOPE_TYPE_CONTRACT_ID with
/// CONTRACT_ID_PREIMAGE_FROM_ASSET.
/// </summary>
internal static class AssetContractId
{
    private const int EnvelopeTypeContractId = 8;
    private const int PreimageFromAsset = 1;
    private const int AssetOffset = 4 + 32 + 4;

    /// <summary>Contract id of the native asset.</summary>
    public static void OfNative(ReadOnlySpan<byte> networkId, Span<byte> contractId)
    {
        Span<byte> preimage = stackalloc byte[AssetOffset + 4];
        Begin(networkId, preimage);
        BinaryPrimitives.WriteInt32BigEndian(preimage[AssetOffset..], 0);
        SHA256.HashData(preimage, contractId);
    }

    /// <summary>Contract id of a credit asset.</summary>
    /// <param name="networkId">SHA-256 of the network passphrase.</param>
    /// <param name="code">Asset code, 1 to 12 bytes without padding: up to 4 bytes are an ALPHANUM4, more an ALPHANUM12.</param>
    /// <param name="issuer">Issuer's ed25519 key, 32 bytes.</param>
    /// <param name="contractId">Receives 32 bytes.</param>
    public static void OfCredit(ReadOnlySpan<byte> networkId, ReadOnlySpan<byte> code, ReadOnlySpan<byte> issuer, Span<byte> contractId)
    {
        int codeBytes = code.Length <= 4 ? 4 : 12;
        Span<byte> preimage = stackalloc byte[AssetOffset + 4 + codeBytes + 4 + 32];
        preimage.Clear();
        Begin(networkId, preimage);
        Span<byte> asset = preimage[AssetOffset..];
        BinaryPrimitives.WriteInt32BigEndian(asset, codeBytes == 4 ? 1 : 2);
        code.CopyTo(asset[4..]);
        issuer.CopyTo(asset[(4 + codeBytes + 4)..]);
        SHA256.HashData(preimage, contractId);
    }

    /// <summary>Contract id of a credit asset, given its code as stored.</summary>
    /// <param name="networkId">SHA-256 of the network passphrase.</param>
    /// <param name="rawCode">4 bytes for an ALPHANUM4, 12 for an ALPHANUM12, with trailing zeros.</param>
    /// <param name="issuer">Issuer's ed25519 key, 32 bytes.</param>
    /// <param name="contractId">Receives 32 bytes.</param>
    public static void OfRawCode(ReadOnlySpan<byte> networkId, ReadOnlySpan<byte> rawCode, ReadOnlySpan<byte> issuer, Span<byte> contractId)
    {
        Span<byte> preimage = stackalloc byte[AssetOffset + 4 + rawCode.Length + 4 + 32];
        preimage.Clear();
        Begin(networkId, preimage);
        Span<byte> asset = preimage[AssetOffset..];
        BinaryPrimitives.WriteInt32BigEndian(asset, rawCode.Length == 4 ? 1 : 2);
        rawCode.CopyTo(asset[4..]);
        issuer.CopyTo(asset[(4 + rawCode.Length + 4)..]);
        SHA256.HashData(preimage, contractId);
    }

    private static void Begin(ReadOnlySpan<byte> networkId, Span<byte> preimage)
    {
        BinaryPrimitives.WriteInt32BigEndian(preimage, EnvelopeTypeContractId);
        networkId.CopyTo(preimage[4..]);
        BinaryPrimitives.WriteInt32BigEndian(preimage[36..], PreimageFromAsset);
    }
}
