using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of REVOKE_SPONSORSHIP.</summary>
/// <remarks>Format: <c>RevokeSponsorshipOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct RevokeSponsorshipOperation
{
    private readonly ReadOnlySpan<byte> body;

    internal RevokeSponsorshipOperation(ReadOnlySpan<byte> body) => this.body = body;

    /// <summary>True for a signer, false for a ledger entry.</summary>
    public bool IsSigner => Wire.Int32(body, 0) != 0;

    /// <summary>Ed25519 key of the account that has the signer: 32 bytes; empty for an entry.</summary>
    public ReadOnlySpan<byte> SignerAccount => IsSigner ? Wire.Hash(body, 8) : default;

    /// <summary>The key of the entry.</summary>
    /// <exception cref="InvalidOperationException">The operation is for a signer.</exception>
    public LedgerKeyView Entry()
    {
        if (IsSigner)
            XdrThrow.WrongType("revoked sponsorship", "Signer", "LedgerEntry");
        return LedgerKeyView.Parse(body[4..]);
    }
}
