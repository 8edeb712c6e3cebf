namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>What a change says.</summary>
public enum ChangeKind
{
    Created,
    Updated,
    Removed,
    State,
    Restored,
}

/// <summary>LedgerEntryChange: an entry, or the key of the removed one.</summary>
public sealed record RawChange(ChangeKind Kind, LedgerEntry? Entry, LedgerKey? Key)
{
    public static List<RawChange> ReadAll(XdrIn xdr) => xdr.List(static xdr =>
    {
        int kind = xdr.Int32();
        if (kind is < 0 or > 4) throw xdr.Wrong($"LedgerEntryChange arm {kind}");
        return kind == 2 ? new RawChange(ChangeKind.Removed, null, LedgerKey.Read(xdr))
            : new RawChange((ChangeKind)kind, LedgerEntry.Read(xdr), null);
    });
}
