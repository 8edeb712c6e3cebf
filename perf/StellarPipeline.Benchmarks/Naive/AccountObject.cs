namespace StellarPipeline.Benchmarks.Naive;

/// <summary>An ACCOUNT entry as an object.</summary>
internal sealed class AccountObject
{
    public required byte[] AccountId { get; init; }

    public required long Balance { get; init; }

    public required long SequenceNumber { get; init; }

    public required uint SubEntryCount { get; init; }

    public byte[]? InflationDestination { get; init; }

    public required uint Flags { get; init; }

    public required string HomeDomain { get; init; }

    public required byte[] Thresholds { get; init; }

    public required List<SignerObject> Signers { get; init; }

    public LiabilitiesObject? Liabilities { get; init; }

    public uint NumSponsored { get; init; }

    public uint NumSponsoring { get; init; }

    public List<byte[]?>? SignerSponsors { get; init; }
}
