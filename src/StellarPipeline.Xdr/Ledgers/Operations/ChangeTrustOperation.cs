using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of CHANGE_TRUST.</summary>
/// <remarks>Format: <c>ChangeTrustOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct ChangeTrustOperation
{
    private readonly ReadOnlySpan<byte> body;

    internal ChangeTrustOperation(ReadOnlySpan<byte> body) => this.body = body;

    /// <summary>Type of the trustline's asset.</summary>
    public AssetType LineType => (AssetType)Wire.Int32(body, 0);

    /// <summary>The asset, native or issued.</summary>
    /// <exception cref="InvalidOperationException">The trustline is for pool shares.</exception>
    public AssetView Asset
    {
        get
        {
            if (LineType == AssetType.PoolShare)
                XdrThrow.WrongType("trustline", nameof(AssetType.PoolShare), "an asset");
            return new AssetView(body);
        }
    }

    /// <summary>The encoded LiquidityPoolParameters, whose SHA-256 is the pool's id; empty for an asset.</summary>
    public ReadOnlySpan<byte> PoolParameters => LineType == AssetType.PoolShare ? body[4..^8] : default;

    /// <summary>New limit; 0 removes the trustline.</summary>
    public long Limit => Wire.Int64(body, body.Length - 8);
}
