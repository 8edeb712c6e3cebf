namespace StellarPipeline.Generator.Xdr;

/// <summary>Encodes SignerKey unions (stellar-core Stellar-types.x).</summary>
internal static class SignerKeyXdr
{
    /// <summary>Arm 0: an ed25519 public key.</summary>
    /// <param name="publicKey">32 bytes.</param>
    /// <returns>36 bytes.</returns>
    public static byte[] Ed25519(ReadOnlySpan<byte> publicKey) => Make(0, publicKey);

    /// <summary>Arm 1: the hash of a pre-authorized transaction.</summary>
    /// <param name="hash">32 bytes.</param>
    /// <returns>36 bytes.</returns>
    public static byte[] PreAuthorizedTransaction(ReadOnlySpan<byte> hash) => Make(1, hash);

    /// <summary>Arm 2: a hash whose preimage signs.</summary>
    /// <param name="hash">32 bytes.</param>
    /// <returns>36 bytes.</returns>
    public static byte[] HashX(ReadOnlySpan<byte> hash) => Make(2, hash);

    /// <summary>Arm 3: a payload that a key must sign.</summary>
    /// <param name="publicKey">32 bytes.</param>
    /// <param name="payload">At most 64 bytes.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] SignedPayload(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> payload)
    {
        using XdrWriter writer = new(128);
        writer.WriteInt32(3);
        writer.WriteFixedOpaque(publicKey);
        writer.WriteOpaque(payload);
        return writer.ToArray();
    }

    private static byte[] Make(int arm, ReadOnlySpan<byte> bytes)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(arm);
        writer.WriteFixedOpaque(bytes);
        return writer.ToArray();
    }
}
