using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of CREATE_CLAIMABLE_BALANCE.</summary>
/// <remarks>Format: <c>CreateClaimableBalanceOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct CreateClaimableBalanceOperation
{
    private readonly ReadOnlySpan<byte> body;
    private readonly int amountOffset;

    internal CreateClaimableBalanceOperation(ReadOnlySpan<byte> body)
    {
        this.body = body;
        amountOffset = AssetView.Measure(body);
    }

    /// <summary>The asset.</summary>
    public AssetView Asset => new(body);

    /// <summary>The amount.</summary>
    public long Amount => Wire.Int64(body, amountOffset);

    /// <summary>The accounts that may claim it, with their conditions.</summary>
    public Claimants Claimants => new(body[(amountOffset + 12)..], Wire.Int32(body, amountOffset + 8));
}
