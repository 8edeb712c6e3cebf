using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds an ACCOUNT entry.</summary>
internal sealed class AccountBuilder : EntryBuilder
{
    private static readonly byte[] MasterWeightOne = [1, 0, 0, 0];

    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.Account;

    /// <summary>The public key, 32 bytes.</summary>
    public ReadOnlyMemory<byte> AccountId { get; set; } = new byte[32];

    /// <summary>Balance in stroops.</summary>
    public long Balance { get; set; }

    /// <summary>Sequence number.</summary>
    public long SequenceNumber { get; set; }

    /// <summary>Number of sub-entries.</summary>
    public uint SubEntryCount { get; set; }

    /// <summary>Inflation destination, 32 bytes, or null.</summary>
    public byte[]? InflationDestination { get; set; }

    /// <summary>Flags: 1 auth required, 2 revocable, 4 immutable, 8 clawback.</summary>
    public uint Flags { get; set; }

    /// <summary>Home domain bytes, at most 32.</summary>
    public ReadOnlyMemory<byte> HomeDomain { get; set; }

    /// <summary>Master weight, low, medium, high threshold: 4 bytes.</summary>
    public ReadOnlyMemory<byte> Thresholds { get; set; } = MasterWeightOne;

    /// <summary>Signers; in legal entries strictly increasing by key, at most 20.</summary>
    public IReadOnlyList<AccountSigner> Signers { get; set; } = [];

    /// <summary>The extension: 0 none, 1 liabilities, 2 sponsorship, 3 sequence time.</summary>
    public int Extension { get; set; }

    /// <summary>Buying liabilities, extension 1 and above.</summary>
    public long BuyingLiabilities { get; set; }

    /// <summary>Selling liabilities, extension 1 and above.</summary>
    public long SellingLiabilities { get; set; }

    /// <summary>Number of reserves that others pay for this account, extension 2 and above.</summary>
    public uint SponsoredCount { get; set; }

    /// <summary>Number of reserves that this account pays for others, extension 2 and above.</summary>
    public uint SponsoringCount { get; set; }

    /// <summary>The ledger of the last sequence change, extension 3.</summary>
    public uint SequenceLedger { get; set; }

    /// <summary>The time of the last sequence change in Unix seconds, extension 3.</summary>
    public ulong SequenceTime { get; set; }

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteAccountId(AccountId.Span);
        writer.WriteInt64(Balance);
        writer.WriteInt64(SequenceNumber);
        writer.WriteUInt32(SubEntryCount);
        writer.WriteOptionalAccountId(InflationDestination);
        writer.WriteUInt32(Flags);
        writer.WriteOpaque(HomeDomain.Span);
        writer.WriteFixedOpaque(Thresholds.Span);
        writer.WriteInt32(Signers.Count);
        for (int index = 0; index < Signers.Count; index++)
        {
            writer.WriteRaw(Signers[index].Key.Span);
            writer.WriteUInt32(Signers[index].Weight);
        }

        WriteExtension(writer);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteAccountId(AccountId.Span);
    }

    private void WriteExtension(XdrWriter writer)
    {
        writer.WriteInt32(Extension >= 1 ? 1 : 0);
        if (Extension < 1) return;
        writer.WriteInt64(BuyingLiabilities);
        writer.WriteInt64(SellingLiabilities);
        writer.WriteInt32(Extension >= 2 ? 2 : 0);
        if (Extension < 2) return;
        writer.WriteUInt32(SponsoredCount);
        writer.WriteUInt32(SponsoringCount);
        writer.WriteInt32(Signers.Count);
        for (int index = 0; index < Signers.Count; index++) writer.WriteOptionalAccountId(Signers[index].Sponsor);
        writer.WriteInt32(Extension >= 3 ? 3 : 0);
        if (Extension < 3) return;
        writer.WriteInt32(0);
        writer.WriteUInt32(SequenceLedger);
        writer.WriteUInt64(SequenceTime);
    }
}
