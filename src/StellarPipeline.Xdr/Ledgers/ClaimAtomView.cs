using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>One trade against an offer or a pool.</summary>
/// <remarks>Format: <c>ClaimAtom</c> in Stellar-transaction.x.</remarks>
public readonly ref struct ClaimAtomView
{
    private const int Pool = 2;

    private readonly ReadOnlySpan<byte> encoded;

    internal ClaimAtomView(ReadOnlySpan<byte> encoded) => this.encoded = encoded;

    /// <summary>True if the seller is a pool.</summary>
    public bool IsPool => Wire.Int32(encoded, 0) == Pool;

    /// <summary>Ed25519 key of the seller, or id of the pool: 32 bytes.</summary>
    public ReadOnlySpan<byte> Seller => Wire.Hash(encoded, Wire.Int32(encoded, 0) == 1 ? 8 : 4);

    /// <summary>The asset that the seller gave.</summary>
    public AssetView AssetSold => new(encoded[AssetOffset..]);

    /// <summary>Its amount.</summary>
    public long AmountSold => Wire.Int64(encoded, AssetOffset + AssetSold.Encoded.Length);

    /// <summary>The asset that the seller received.</summary>
    public AssetView AssetBought => new(encoded[BoughtOffset..]);

    /// <summary>Its amount.</summary>
    public long AmountBought => Wire.Int64(encoded, encoded.Length - 8);

    private int AssetOffset =>
        Wire.Int32(encoded, 0) switch { 0 => 4 + Wire.HashBytes + 8, 1 => 4 + Wire.AccountIdBytes + 8, _ => 4 + Wire.HashBytes };

    private int BoughtOffset => AssetOffset + AssetSold.Encoded.Length + 8;
}
