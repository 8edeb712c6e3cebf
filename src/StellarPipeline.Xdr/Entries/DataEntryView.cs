namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of a DATA entry: a value that an account stores under a name.</summary>
/// <remarks>Format: <c>DataEntry</c> in Stellar-ledger-entries.x.</remarks>
public readonly ref struct DataEntryView
{
    private const int NameOffset = LedgerEntryView.BodyOffset + Wire.AccountIdBytes;

    private readonly ReadOnlySpan<byte> entry;

    // First: value.
    private readonly EntryMarks marks;

    internal DataEntryView(ReadOnlySpan<byte> entry, scoped in EntryMarks marks)
    {
        this.entry = entry;
        this.marks = marks;
    }

    /// <summary>Ed25519 key of the account: 32 bytes.</summary>
    public ReadOnlySpan<byte> AccountId => Wire.Hash(entry, LedgerEntryView.BodyOffset + 4);

    /// <summary>The name: at most 64 bytes, printable ASCII as validators require.</summary>
    public ReadOnlySpan<byte> Name => Wire.Opaque(entry, NameOffset);

    /// <summary>The value: at most 64 bytes.</summary>
    public ReadOnlySpan<byte> Value => Wire.Opaque(entry, marks.First);

    internal static void Check(ref XdrReader reader, ref EntryMarks marks)
    {
        LedgerWalk.ReadAccountId(ref reader);
        reader.ReadString(XdrLimits.DataNameBytes, "DataEntry.dataName");
        marks.First = reader.Position;
        reader.ReadVariableOpaque(XdrLimits.DataValueBytes, "DataEntry.dataValue");
        reader.ReadExtensionPoint("DataEntry.ext");
    }
}
