namespace StellarPipeline.Xdr.Entries;

/// <summary>An account that may claim a balance, and its condition.</summary>
/// <remarks>Format: <c>Claimant</c> in Stellar-ledger-entries.x.</remarks>
public readonly ref struct ClaimantView
{
    /// <summary>Offset of the predicate: after the discriminant and the destination.</summary>
    internal const int PredicateOffset = 4 + Wire.AccountIdBytes;

    private readonly ReadOnlySpan<byte> encoded;

    internal ClaimantView(ReadOnlySpan<byte> encoded) => this.encoded = encoded;

    /// <summary>Ed25519 key of the account: 32 bytes.</summary>
    public ReadOnlySpan<byte> Destination => Wire.Hash(encoded, 8);

    /// <summary>The condition.</summary>
    public ClaimPredicateView Predicate => new(encoded[PredicateOffset..]);
}
