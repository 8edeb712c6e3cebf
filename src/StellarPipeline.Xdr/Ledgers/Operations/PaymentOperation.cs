using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of PAYMENT.</summary>
/// <remarks>Format: <c>PaymentOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct PaymentOperation
{
    private readonly ReadOnlySpan<byte> body;

    internal PaymentOperation(ReadOnlySpan<byte> body) => this.body = body;

    /// <summary>The recipient.</summary>
    public MuxedAccountView Destination => new(body);

    /// <summary>The asset.</summary>
    public AssetView Asset => new(body[MuxedAccountView.Measure(body)..]);

    /// <summary>The amount.</summary>
    public long Amount => Wire.Int64(body, body.Length - 8);
}
