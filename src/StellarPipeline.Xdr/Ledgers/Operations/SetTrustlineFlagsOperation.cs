using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of SET_TRUST_LINE_FLAGS.</summary>
/// <remarks>Format: <c>SetTrustLineFlagsOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct SetTrustlineFlagsOperation
{
    private readonly ReadOnlySpan<byte> body;

    internal SetTrustlineFlagsOperation(ReadOnlySpan<byte> body) => this.body = body;

    /// <summary>Ed25519 key of the account that holds the trustline: 32 bytes.</summary>
    public ReadOnlySpan<byte> Trustor => Wire.Hash(body, 4);

    /// <summary>The asset of the trustline.</summary>
    public AssetView Asset => new(body[Wire.AccountIdBytes..]);

    /// <summary>Flags to clear.</summary>
    public uint ClearFlags => Wire.UInt32(body, body.Length - 8);

    /// <summary>Flags to set.</summary>
    public uint SetFlags => Wire.UInt32(body, body.Length - 4);
}
