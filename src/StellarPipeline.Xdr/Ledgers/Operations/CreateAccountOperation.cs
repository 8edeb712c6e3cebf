namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of CREATE_ACCOUNT.</summary>
/// <remarks>Format: <c>CreateAccountOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct CreateAccountOperation
{
    private readonly ReadOnlySpan<byte> body;

    internal CreateAccountOperation(ReadOnlySpan<byte> body) => this.body = body;

    /// <summary>Ed25519 key of the new account: 32 bytes.</summary>
    public ReadOnlySpan<byte> Destination => Wire.Hash(body, 4);

    /// <summary>Starting balance: stroops.</summary>
    public long StartingBalance => Wire.Int64(body, Wire.AccountIdBytes);
}
