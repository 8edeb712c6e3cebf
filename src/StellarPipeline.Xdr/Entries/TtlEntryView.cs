namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of a TTL entry: the time to live of another entry.</summary>
/// <remarks>Format: <c>TTLEntry</c> in Stellar-ledger-entries.x.</remarks>
public readonly ref struct TtlEntryView
{
    private readonly ReadOnlySpan<byte> entry;

    internal TtlEntryView(ReadOnlySpan<byte> entry) => this.entry = entry;

    /// <summary>SHA-256 of the encoded LedgerKey of that entry: 32 bytes.</summary>
    public ReadOnlySpan<byte> KeyHash => Wire.Hash(entry, LedgerEntryView.BodyOffset);

    /// <summary>Last ledger in which that entry is live.</summary>
    public uint LiveUntilLedgerSeq => Wire.UInt32(entry, LedgerEntryView.BodyOffset + Wire.HashBytes);
}
