namespace StellarPipeline.Generator.Xdr;

/// <summary>Encodes ClaimPredicate unions (stellar-core Stellar-ledger-entries.x).</summary>
internal static class ClaimPredicateXdr
{
    /// <summary>Arm 0.</summary>
    /// <returns>The encoded union.</returns>
    public static byte[] Unconditional() => new byte[4];

    /// <summary>Arm 1.</summary>
    /// <param name="predicates">Encoded predicates; two in legal entries.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] And(params ReadOnlySpan<byte[]> predicates) => Make(1, predicates);

    /// <summary>Arm 2.</summary>
    /// <param name="predicates">Encoded predicates; two in legal entries.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Or(params ReadOnlySpan<byte[]> predicates) => Make(2, predicates);

    /// <summary>Arm 3.</summary>
    /// <param name="predicate">The encoded predicate, or null for an absent one, which never occurs in legal entries.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Not(byte[]? predicate)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(3);
        writer.WriteBool(predicate is not null);
        writer.WriteRaw(predicate);
        return writer.ToArray();
    }

    /// <summary>Arm 4.</summary>
    /// <param name="unixSeconds">The deadline.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] BeforeAbsolute(long unixSeconds) => Make(4, unixSeconds);

    /// <summary>Arm 5; stored entries have absolute times instead.</summary>
    /// <param name="seconds">Seconds from the creating ledger's close time.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] BeforeRelative(long seconds) => Make(5, seconds);

    private static byte[] Make(int arm, long value)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(arm);
        writer.WriteInt64(value);
        return writer.ToArray();
    }

    private static byte[] Make(int arm, ReadOnlySpan<byte[]> predicates)
    {
        using XdrWriter writer = new(128);
        writer.WriteInt32(arm);
        writer.WriteInt32(predicates.Length);
        foreach (byte[] predicate in predicates) writer.WriteRaw(predicate);
        return writer.ToArray();
    }
}
