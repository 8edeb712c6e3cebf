namespace StellarPipeline.Xdr.Entries;

/// <summary>An additional signer of an account.</summary>
/// <remarks>Format: <c>Signer</c> in Stellar-ledger-entries.x, <c>SignerKey</c> in Stellar-types.x.</remarks>
public readonly ref struct SignerView
{
    private readonly ReadOnlySpan<byte> encoded;

    internal SignerView(ReadOnlySpan<byte> encoded) => this.encoded = encoded;

    /// <summary>Kind of signer.</summary>
    public SignerKeyType Type => (SignerKeyType)Wire.Int32(encoded, 0);

    /// <summary>The Ed25519 key or the hash: 32 bytes.</summary>
    public ReadOnlySpan<byte> Key => Wire.Hash(encoded, 4);

    /// <summary>The payload to be signed: at most 64 bytes; empty for other signers.</summary>
    public ReadOnlySpan<byte> Payload => Type == SignerKeyType.SignedPayload ? Wire.Opaque(encoded, 36) : default;

    /// <summary>Weight of a signature, 1 to 255 as validators require.</summary>
    public uint Weight => Wire.UInt32(encoded, encoded.Length - 4);

    /// <summary>Length in bytes of the checked signer at the start of <paramref name="bytes"/>.</summary>
    internal static int Measure(ReadOnlySpan<byte> bytes) =>
        (SignerKeyType)Wire.Int32(bytes, 0) == SignerKeyType.SignedPayload ? 44 + Wire.Padded(Wire.Int32(bytes, 36)) : 40;
}
