using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>One raw change of a ledger entry.</summary>
/// <remarks>Format: <c>LedgerEntryChange</c> in Stellar-ledger.x.</remarks>
public readonly ref struct LedgerChangeView
{
    private readonly ReadOnlySpan<byte> ledger;
    private readonly ref readonly ChangePlace place;

    internal LedgerChangeView(ReadOnlySpan<byte> ledger, in ChangePlace place)
    {
        this.ledger = ledger;
        this.place = ref place;
    }

    /// <summary>Kind of change.</summary>
    public LedgerChangeKind Kind => place.Kind;

    /// <summary>Type of the entry.</summary>
    public LedgerEntryType EntryType => place.EntryType;

    /// <summary>Offset of the entry or key: bytes from the start of the ledger.</summary>
    public int ByteOffset => place.Offset;

    /// <summary>The encoded entry, or for <see cref="LedgerChangeKind.Removed"/> the encoded key.</summary>
    public ReadOnlySpan<byte> Encoded => ledger.Slice(place.Offset, place.Length);

    /// <summary>Location of the key in <see cref="Encoded"/>.</summary>
    public LedgerKeyLocation KeyLocation =>
        Kind == LedgerChangeKind.Removed ? LedgerKeyLocation.OfKeyStart(Encoded) : LedgerKeyLocation.OfEntry(Encoded);

    /// <summary>The key without its type, as a slice of the entry or key.</summary>
    public ReadOnlySpan<byte> KeyBody => KeyLocation.Body(Encoded);

    /// <summary>The entry. Each call checks it again.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The change is a removal, which contains only the key.</exception>
    public LedgerEntryView Entry()
    {
        if (Kind == LedgerChangeKind.Removed)
            XdrThrow.WrongType("change", nameof(LedgerChangeKind.Removed), "one with an entry");
        return LedgerEntryView.ParseStart(Encoded);
    }
}
