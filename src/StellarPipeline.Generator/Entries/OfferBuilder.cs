using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds an OFFER entry.</summary>
internal sealed class OfferBuilder : EntryBuilder
{
    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.Offer;

    /// <summary>The seller's public key, 32 bytes.</summary>
    public ReadOnlyMemory<byte> SellerId { get; set; } = new byte[32];

    /// <summary>Offer id; positive in legal entries.</summary>
    public long OfferId { get; set; } = 1;

    /// <summary>An encoded Asset.</summary>
    public ReadOnlyMemory<byte> Selling { get; set; } = AssetXdr.Native();

    /// <summary>An encoded Asset.</summary>
    public ReadOnlyMemory<byte> Buying { get; set; } = AssetXdr.Native();

    /// <summary>Amount for sale, in stroops.</summary>
    public long Amount { get; set; } = 1;

    /// <summary>Price numerator: units of buying per unit of selling.</summary>
    public int PriceNumerator { get; set; } = 1;

    /// <summary>Price denominator.</summary>
    public int PriceDenominator { get; set; } = 1;

    /// <summary>Flags: 1 passive.</summary>
    public uint Flags { get; set; }

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        WriteKeyBody(writer);
        writer.WriteRaw(Selling.Span);
        writer.WriteRaw(Buying.Span);
        writer.WriteInt64(Amount);
        writer.WriteInt32(PriceNumerator);
        writer.WriteInt32(PriceDenominator);
        writer.WriteUInt32(Flags);
        writer.WriteInt32(0);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteAccountId(SellerId.Span);
        writer.WriteInt64(OfferId);
    }
}
