namespace StellarPipeline.Generator.Xdr;

/// <summary>Encodes SCAddress unions (stellar-core Stellar-contract.x).</summary>
internal static class ScAddressXdr
{
    /// <summary>Arm 0: an account.</summary>
    /// <param name="publicKey">32 bytes.</param>
    /// <returns>40 bytes.</returns>
    public static byte[] Account(ReadOnlySpan<byte> publicKey) => Make(0, 0, publicKey);

    /// <summary>Arm 1: a contract.</summary>
    /// <param name="contractId">32 bytes.</param>
    /// <returns>36 bytes.</returns>
    public static byte[] Contract(ReadOnlySpan<byte> contractId) => Make(1, null, contractId);

    /// <summary>Arm 2: a muxed account; the id comes before the key, unlike in its strkey.</summary>
    /// <param name="id">The multiplexing id.</param>
    /// <param name="publicKey">32 bytes.</param>
    /// <returns>44 bytes.</returns>
    public static byte[] Muxed(ulong id, ReadOnlySpan<byte> publicKey) => MakeMuxed(2, id, publicKey);

    /// <summary>Arm 3: a claimable balance.</summary>
    /// <param name="hash">The 32 bytes of a version 0 balance id.</param>
    /// <returns>40 bytes.</returns>
    public static byte[] ClaimableBalance(ReadOnlySpan<byte> hash) => Make(3, 0, hash);

    /// <summary>Arm 4: a liquidity pool.</summary>
    /// <param name="poolId">32 bytes.</param>
    /// <returns>36 bytes.</returns>
    public static byte[] LiquidityPool(ReadOnlySpan<byte> poolId) => Make(4, null, poolId);

    /// <summary>
    /// Arm 5 (protocol 30, CAP-84): a muxed contract; the id comes before the contract, unlike in its strkey. Never in a contract-data key.
    /// </summary>
    /// <param name="id">The multiplexing id.</param>
    /// <param name="contractId">32 bytes.</param>
    /// <returns>44 bytes.</returns>
    public static byte[] MuxedContract(ulong id, ReadOnlySpan<byte> contractId) => MakeMuxed(5, id, contractId);

    private static byte[] MakeMuxed(int arm, ulong id, ReadOnlySpan<byte> bytes)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(arm);
        writer.WriteUInt64(id);
        writer.WriteFixedOpaque(bytes);
        return writer.ToArray();
    }

    private static byte[] Make(int arm, int? innerArm, ReadOnlySpan<byte> bytes)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(arm);
        if (innerArm is { } inner) writer.WriteInt32(inner);
        writer.WriteFixedOpaque(bytes);
        return writer.ToArray();
    }
}
