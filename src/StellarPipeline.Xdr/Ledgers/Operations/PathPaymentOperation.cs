using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of a path payment of either kind.</summary>
/// <remarks>
/// Format: <c>PathPaymentStrictReceiveOp</c> and <c>PathPaymentStrictSendOp</c> in Stellar-transaction.x, which have the same layout.
/// </remarks>
public readonly ref struct PathPaymentOperation
{
    private readonly ReadOnlySpan<byte> body;
    private readonly int destinationOffset;
    private readonly int assetOffset;

    internal PathPaymentOperation(ReadOnlySpan<byte> body)
    {
        this.body = body;
        destinationOffset = AssetView.Measure(body) + 8;
        assetOffset = destinationOffset + MuxedAccountView.Measure(body[destinationOffset..]);
    }

    /// <summary>The asset sent.</summary>
    public AssetView SendAsset => new(body);

    /// <summary>Largest amount sent; for strict send the exact amount.</summary>
    public long SendAmount => Wire.Int64(body, destinationOffset - 8);

    /// <summary>The recipient.</summary>
    public MuxedAccountView Destination => new(body[destinationOffset..]);

    /// <summary>The asset received.</summary>
    public AssetView DestinationAsset => new(body[assetOffset..]);

    /// <summary>Exact amount received; for strict send the smallest amount.</summary>
    public long DestinationAmount => Wire.Int64(body, assetOffset + DestinationAsset.Encoded.Length);
}
