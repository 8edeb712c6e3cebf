namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of ALLOW_TRUST. The issuer is the source of the operation.</summary>
/// <remarks>Format: <c>AllowTrustOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct AllowTrustOperation
{
    private readonly ReadOnlySpan<byte> body;

    internal AllowTrustOperation(ReadOnlySpan<byte> body) => this.body = body;

    /// <summary>Ed25519 key of the account that holds the trustline: 32 bytes.</summary>
    public ReadOnlySpan<byte> Trustor => Wire.Hash(body, 4);

    /// <summary>The asset's code as stored: 4 or 12 bytes with trailing zeros.</summary>
    public ReadOnlySpan<byte> RawCode => body[(Wire.AccountIdBytes + 4)..^4];

    /// <summary>Bit 1: authorized, 2: authorized to maintain liabilities.</summary>
    public uint Authorize => Wire.UInt32(body, body.Length - 4);
}
