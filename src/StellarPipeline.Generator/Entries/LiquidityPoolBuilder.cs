using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds a LIQUIDITY_POOL entry of the constant-product kind.</summary>
internal sealed class LiquidityPoolBuilder : EntryBuilder
{
    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.LiquidityPool;

    /// <summary>Pool id, 32 bytes; <see cref="DerivedIds.Pool"/> computes it.</summary>
    public ReadOnlyMemory<byte> PoolId { get; set; } = new byte[32];

    /// <summary>An encoded Asset, the smaller one.</summary>
    public ReadOnlyMemory<byte> AssetA { get; set; } = AssetXdr.Native();

    /// <summary>An encoded Asset, the greater one.</summary>
    public ReadOnlyMemory<byte> AssetB { get; set; } = AssetXdr.Native();

    /// <summary>Fee in basis points.</summary>
    public int FeeBasisPoints { get; set; } = 30;

    /// <summary>Reserve of asset A in stroops.</summary>
    public long ReserveA { get; set; }

    /// <summary>Reserve of asset B in stroops.</summary>
    public long ReserveB { get; set; }

    /// <summary>Total pool shares.</summary>
    public long TotalShares { get; set; }

    /// <summary>Number of trustlines with shares.</summary>
    public long ShareTrustlineCount { get; set; }

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        WriteKeyBody(writer);
        writer.WriteInt32(0);
        writer.WriteRaw(AssetA.Span);
        writer.WriteRaw(AssetB.Span);
        writer.WriteInt32(FeeBasisPoints);
        writer.WriteInt64(ReserveA);
        writer.WriteInt64(ReserveB);
        writer.WriteInt64(TotalShares);
        writer.WriteInt64(ShareTrustlineCount);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteFixedOpaque(PoolId.Span);
    }
}
