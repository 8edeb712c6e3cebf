using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of CLAWBACK.</summary>
/// <remarks>Format: <c>ClawbackOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct ClawbackOperation
{
    private readonly ReadOnlySpan<byte> body;

    internal ClawbackOperation(ReadOnlySpan<byte> body) => this.body = body;

    /// <summary>The asset that is clawed back.</summary>
    public AssetView Asset => new(body);

    /// <summary>The account that it is taken from.</summary>
    public MuxedAccountView From => new(body[AssetView.Measure(body)..]);

    /// <summary>The amount.</summary>
    public long Amount => Wire.Int64(body, body.Length - 8);
}
