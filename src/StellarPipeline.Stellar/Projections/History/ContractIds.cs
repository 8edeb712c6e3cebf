using System.Buffers.Binary;
using System.Security.Cryptography;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Ids that are hashes: of contracts, and of claimable balances of a revoked pool share.</summary>
/// <remarks>Format: <c>HashIDPreimage</c> in Stellar-transaction.x (CAP-46-02, CAP-38).</remarks>
internal static class ContractIds
{
    private const int EnvelopeTypePoolRevokeOpId = 7;
    private const int EnvelopeTypeContractId = 8;
    private const int HeadBytes = 4 + 32;
    private const int MaxPreimageBytes = 4 + 44 + 32;
    private const int MaxAssetBytes = 52;

    /// <summary>The id of a contract that is created.</summary>
    /// <param name="networkId">SHA-256 of the network's passphrase.</param>
    /// <param name="preimage">What the contract is created from.</param>
    /// <param name="contractId">Receives 32 bytes.</param>
    public static void OfPreimage(ReadOnlySpan<byte> networkId, ContractIdPreimageView preimage, Span<byte> contractId)
    {
        Span<byte> payload = stackalloc byte[HeadBytes + MaxPreimageBytes];
        BinaryPrimitives.WriteInt32BigEndian(payload, EnvelopeTypeContractId);
        networkId.CopyTo(payload[4..]);
        preimage.Encoded.CopyTo(payload[HeadBytes..]);
        SHA256.HashData(payload[..(HeadBytes + preimage.Encoded.Length)], contractId);
    }

    /// <summary>The id of the claimable balance that receives an asset of a pool when a pool share is revoked.</summary>
    /// <param name="transaction">The transaction; its source and sequence number count, not the source of the operation.</param>
    /// <param name="operation">Index of the operation, from 0.</param>
    /// <param name="pool">Id of the pool.</param>
    /// <param name="asset">The encoded asset.</param>
    /// <param name="balanceId">Receives 32 bytes.</param>
    public static void OfRevokedPoolShare(in TransactionView transaction, int operation, ReadOnlySpan<byte> pool, ReadOnlySpan<byte> asset,
        Span<byte> balanceId)
    {
        Span<byte> payload = stackalloc byte[4 + 36 + 8 + 4 + 32 + MaxAssetBytes];
        BinaryPrimitives.WriteInt32BigEndian(payload, EnvelopeTypePoolRevokeOpId);
        BinaryPrimitives.WriteInt32BigEndian(payload[4..], 0);
        transaction.Source.CopyTo(payload[8..]);
        BinaryPrimitives.WriteInt64BigEndian(payload[40..], transaction.SequenceNumber);
        BinaryPrimitives.WriteInt32BigEndian(payload[48..], operation);
        pool.CopyTo(payload[52..]);
        asset.CopyTo(payload[84..]);
        SHA256.HashData(payload[..(84 + asset.Length)], balanceId);
    }
}
