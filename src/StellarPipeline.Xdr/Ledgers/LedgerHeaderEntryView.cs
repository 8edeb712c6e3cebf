namespace StellarPipeline.Xdr.Ledgers;

/// <summary>A header with the hash that is said to be its own, as archives and ledger streams hold it, read where it lies.</summary>
/// <remarks>
/// Format: <c>LedgerHeaderHistoryEntry</c> in Stellar-ledger.x. That the header hashes to <see cref="Hash"/> is not checked here.
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

    /// <summary>What is said to be the SHA-256 of the header: 32 bytes.</summary>
    public ReadOnlySpan<byte> Hash => Wire.Hash(Encoded, 0);

    /// <summary>The header.</summary>
    public LedgerHeaderView Header => header;

    /// <summary>Checks a complete entry, and that nothing follows it.</summary>
    /// <param name="entry">The encoded entry.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The entry is malformed, of a form that is not known, or followed by further bytes.</exception>
    public static LedgerHeaderEntryView Parse(ReadOnlySpan<byte> entry)
    {
        var reader = new XdrReader(entry);
        LedgerHeaderEntryView view = Read(ref reader);
        reader.EnsureEnd("LedgerHeaderHistoryEntry");
        return view;
    }

    /// <summary>Checks an entry and steps over it.</summary>
    /// <param name="reader">Stands at the entry; ends behind it.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The entry is malformed, or of a form that is not known.</exception>
    public static LedgerHeaderEntryView Read(scoped ref XdrReader reader)
    {
        int start = reader.Position;
        reader.Skip(Wire.HashBytes, "LedgerHeaderHistoryEntry.hash");
        var header = LedgerHeaderView.Read(ref reader);
        reader.ReadExtensionPoint("LedgerHeaderHistoryEntry.ext");
        return new LedgerHeaderEntryView(reader.Since(start), header);
    }
}
