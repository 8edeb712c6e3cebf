using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of an OFFER entry.</summary>
/// <remarks>Format: <c>OfferEntry</c> in Stellar-ledger-entries.x. Amounts have 7 implied decimals.</remarks>
public readonly ref struct OfferEntryView
{
    private const int SellingOffset = LedgerEntryView.BodyOffset + Wire.AccountIdBytes + sizeof(long);

    private readonly ReadOnlySpan<byte> entry;

    // First: asset bought. Second: amount.
    private readonly EntryMarks marks;

    internal OfferEntryView(ReadOnlySpan<byte> entry, scoped in EntryMarks marks)
    {
        this.entry = entry;
        this.marks = marks;
    }

    /// <summary>Ed25519 key of the seller: 32 bytes.</summary>
    public ReadOnlySpan<byte> SellerId => Wire.Hash(entry, LedgerEntryView.BodyOffset + 4);

    /// <summary>Id of the offer, positive as validators require.</summary>
    public long OfferId => Wire.Int64(entry, LedgerEntryView.BodyOffset + Wire.AccountIdBytes);

    /// <summary>Asset that the seller gives.</summary>
    public AssetView Selling => new(entry[SellingOffset..]);

    /// <summary>Asset that the seller receives.</summary>
    public AssetView Buying => new(entry[marks.First..]);

    /// <summary>Amount of <see cref="Selling"/> on offer.</summary>
    public long Amount => Wire.Int64(entry, marks.Second);

    /// <summary>Numerator of the price: units of <see cref="Buying"/> for one of <see cref="Selling"/>.</summary>
    public int PriceNumerator => Wire.Int32(entry, marks.Second + 8);

    /// <summary>Denominator of the price.</summary>
    public int PriceDenominator => Wire.Int32(entry, marks.Second + 12);

    /// <summary>Bit 1: passive.</summary>
    public uint Flags => Wire.UInt32(entry, marks.Second + 16);

    internal static void Check(ref XdrReader reader, ref EntryMarks marks)
    {
        LedgerWalk.ReadAccountId(ref reader);
        reader.Skip(sizeof(long), "OfferEntry.offerID");
        LedgerWalk.ReadAsset(ref reader);
        marks.First = reader.Position;
        LedgerWalk.ReadAsset(ref reader);
        marks.Second = reader.Position;
        reader.Skip(20, "OfferEntry.amount");
        reader.ReadExtensionPoint("OfferEntry.ext");
    }
}
