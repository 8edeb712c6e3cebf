namespace StellarPipeline.Xdr.Ledgers;

/// <summary>A header with its stored hash, as in archives and ledger streams, read in place.</summary>
/// <remarks>
/// Format: <c>LedgerHeaderHistoryEntry</c> in Stellar-ledger.x. It is not checked here that <see cref="Hash"/> is the header's hash.
/// </remarks>
public readonly ref struct LedgerHeaderEntryView
{
    private readonly LedgerHeaderView header;

    private LedgerHeaderEntryView(ReadOnlySpan<byte> encoded, LedgerHeaderView header)
    {
        Encoded = encoded;
        this.header = header;
    }

    /// <summary>The encoded entry.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>The stored SHA-256 of the header: 32 bytes.</summary>
    public ReadOnlySpan<byte> Hash => Wire.Hash(Encoded, 0);

    /// <summary>The header.</summary>
    public LedgerHeaderView Header => header;

    /// <summary>Checks a complete entry, and that nothing follows it.</summary>
    /// <param name="entry">The encoded entry.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The entry is malformed, of an unknown form, or followed by further bytes.</exception>
    public static LedgerHeaderEntryView Parse(ReadOnlySpan<byte> entry)
    {
        var reader = new XdrReader(entry);
        LedgerHeaderEntryView view = Read(ref reader);
        reader.EnsureEnd("LedgerHeaderHistoryEntry");
        return view;
    }

    /// <summary>Checks an entry and skips it.</summary>
    /// <param name="reader">Positioned at the entry; ends after it.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The entry is malformed, or of an unknown form.</exception>
    public static LedgerHeaderEntryView Read(scoped ref XdrReader reader)
    {
        int start = reader.Position;
        reader.Skip(Wire.HashBytes, "LedgerHeaderHistoryEntry.hash");
        var header = LedgerHeaderView.Read(ref reader);
        reader.ReadExtensionPoint("LedgerHeaderHistoryEntry.ext");
        return new LedgerHeaderEntryView(reader.Since(start), header);
    }
}
