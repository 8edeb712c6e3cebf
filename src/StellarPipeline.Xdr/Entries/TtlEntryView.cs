namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of a TTL entry: how long another entry lives.</summary>
/// <remarks>Format: <c>TTLEntry</c> in Stellar-ledger-entries.x.</remarks>
public readonly ref struct TtlEntryView
{
    private readonly ReadOnlySpan<byte> entry;

    internal TtlEntryView(ReadOnlySpan<byte> entry) => this.entry = entry;

    /// <summary>SHA-256 of the encoded LedgerKey of the entry that it is about: 32 bytes.</summary>
    public ReadOnlySpan<byte> KeyHash => Wire.Hash(entry, LedgerEntryView.BodyOffset);

    /// <summary>Last ledger in which that entry lives.</summary>
    public uint LiveUntilLedgerSeq => Wire.UInt32(entry, LedgerEntryView.BodyOffset + Wire.HashBytes);
}
