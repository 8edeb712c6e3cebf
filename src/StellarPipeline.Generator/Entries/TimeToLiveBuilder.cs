using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds a TTL entry.</summary>
internal sealed class TimeToLiveBuilder : EntryBuilder
{
    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.Ttl;

    /// <summary>The hash of the contract entry's LedgerKey, 32 bytes; <see cref="DerivedIds.TimeToLiveKey"/> computes it.</summary>
    public ReadOnlyMemory<byte> KeyHash { get; set; } = new byte[32];

    /// <summary>The last ledger in which the entry is live.</summary>
    public uint LiveUntilLedger { get; set; } = 1;

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        WriteKeyBody(writer);
        writer.WriteUInt32(LiveUntilLedger);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteFixedOpaque(KeyHash.Span);
    }
}
