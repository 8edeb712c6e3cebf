using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds a CLAIMABLE_BALANCE entry. Legal ones always have a <see cref="EntryBuilder.Sponsor"/>.</summary>
internal sealed class ClaimableBalanceBuilder : EntryBuilder
{
    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.ClaimableBalance;

    /// <summary>The hash of a version 0 balance id, 32 bytes.</summary>
    public ReadOnlyMemory<byte> BalanceId { get; set; } = new byte[32];

    /// <summary>The claimants; at most 10.</summary>
    public IReadOnlyList<Claimant> Claimants { get; set; } = [];

    /// <summary>An encoded Asset.</summary>
    public ReadOnlyMemory<byte> Asset { get; set; } = AssetXdr.Native();

    /// <summary>Amount in stroops.</summary>
    public long Amount { get; set; } = 1;

    /// <summary>Flags (1 clawback); null writes extension 0.</summary>
    public uint? Flags { get; set; }

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        WriteKeyBody(writer);
        writer.WriteInt32(Claimants.Count);
        for (int index = 0; index < Claimants.Count; index++)
        {
            writer.WriteInt32(0);
            writer.WriteAccountId(Claimants[index].Destination.Span);
            writer.WriteRaw(Claimants[index].Predicate.Span);
        }

        writer.WriteRaw(Asset.Span);
        writer.WriteInt64(Amount);
        writer.WriteBool(Flags.HasValue);
        if (Flags is not { } flags) return;
        writer.WriteInt32(0);
        writer.WriteUInt32(flags);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(0);
        writer.WriteFixedOpaque(BalanceId.Span);
    }
}
