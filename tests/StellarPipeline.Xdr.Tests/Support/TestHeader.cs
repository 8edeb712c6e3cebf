namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>A ledger header with every field to choose, written as the schema says.</summary>
internal sealed record TestHeader
{
    public uint ProtocolVersion { get; init; } = 30;

    public byte[] PreviousHash { get; init; } = Fill(1);

    public byte[]? TransactionSetHash { get; init; }

    public ulong Seconds { get; init; } = 1_790_000_000;

    public ulong? Milliseconds { get; init; }

    public IReadOnlyList<byte[]> Upgrades { get; init; } = [];

    public int Arm { get; init; } = 3;

    public byte[] ProposedHash { get; init; } = Fill(3);

    public byte[]? ProposedPreviousHash { get; init; }

    public uint? ProposedVersion { get; init; }

    public byte[] Node { get; init; } = Fill(4);

    public byte[] Signature { get; init; } = [.. Fill(5), .. Fill(6)];

    public uint Sequence { get; init; } = 77;

    public uint? Flags { get; init; }

    public bool IsEmptySet => Arm is 2 or 4;

    public static byte[] Fill(byte value) => Enumerable.Repeat(value, 32).ToArray();

    /// <summary>A header whose every field is random, of one arm.</summary>
    public static TestHeader Random(Random random, int arm)
    {
        ulong seconds = (ulong)random.NextInt64(1, long.MaxValue / 1000);
        return new TestHeader
        {
            Arm = arm,
            ProtocolVersion = (uint)random.Next(31),
            PreviousHash = Bytes(random, 32),
            TransactionSetHash = arm is 2 or 4 ? null : Bytes(random, 32),
            Seconds = seconds,
            Milliseconds = (seconds * 1000) + (ulong)random.Next(1000),
            Upgrades = Enumerable.Range(0, random.Next(7)).Select(_ => Bytes(random, random.Next(129))).ToArray(),
            ProposedHash = Bytes(random, 32),
            ProposedVersion = (uint)random.Next(31),
            Node = Bytes(random, 32),
            Signature = Bytes(random, random.Next(65)),
            Sequence = (uint)random.NextInt64(uint.MaxValue),
            Flags = random.Next(2) == 0 ? null : (uint)random.Next(8),
        };
    }

    public byte[] ToArray()
    {
        XdrBuilder builder = new XdrBuilder().UInt32(ProtocolVersion).Raw(PreviousHash)
            .Raw(TransactionSetHash ?? Fill((byte)(IsEmptySet ? 0 : 2))).UInt64(Seconds).Int32(Upgrades.Count);
        foreach (byte[] upgrade in Upgrades)
            builder.Opaque(upgrade);
        builder.Int32(Arm);
        if (Arm is 3 or 4)
            builder.UInt64(Milliseconds ?? (Seconds * 1000));
        if (IsEmptySet)
            builder.Raw(ProposedHash).Raw(ProposedPreviousHash ?? PreviousHash).UInt32(ProposedVersion ?? ProtocolVersion);
        if (Arm is >= 1 and <= 4)
            builder.Int32(0).Raw(Node).Opaque(Signature);
        builder.Raw(Fill(7)).Raw(Fill(8)).UInt32(Sequence).Int64(9).Int64(10).UInt32(11).UInt64(12).UInt32(13).UInt32(14).UInt32(15);
        builder.Raw([.. Fill(16), .. Fill(17), .. Fill(18), .. Fill(19)]).Int32(Flags is null ? 0 : 1);
        if (Flags is { } flags)
            builder.UInt32(flags).Int32(0);
        return builder.ToArray();
    }

    private static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
