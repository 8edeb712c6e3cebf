namespace StellarPipeline.Generator.Xdr;

/// <summary>Encodes ContractExecutable unions (stellar-core Stellar-contract.x; arm 2 is CAP-85, protocol 28).</summary>
internal static class ExecutableXdr
{
    /// <summary>Arm 0: WASM code by its hash.</summary>
    /// <param name="codeHash">32 bytes.</param>
    /// <returns>36 bytes.</returns>
    public static byte[] Wasm(ReadOnlySpan<byte> codeHash)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(0);
        writer.WriteFixedOpaque(codeHash);
        return writer.ToArray();
    }

    /// <summary>Arm 1: the built-in asset contract.</summary>
    /// <returns>Four bytes.</returns>
    public static byte[] StellarAsset() => [0, 0, 0, 1];

    /// <summary>Arm 2: the code that another owner stores under a tag.</summary>
    /// <param name="owner">An encoded SCAddress.</param>
    /// <param name="tag">The tag.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] ExternalReference(ReadOnlySpan<byte> owner, string tag)
    {
        using XdrWriter writer = new(128);
        writer.WriteInt32(2);
        writer.WriteRaw(owner);
        writer.WriteString(tag);
        return writer.ToArray();
    }
}
