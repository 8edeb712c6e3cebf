using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of a CLAIMABLE_BALANCE entry.</summary>
/// <remarks>Format: <c>ClaimableBalanceEntry</c> in Stellar-ledger-entries.x. Amounts have 7 implied decimals.</remarks>
public readonly ref struct ClaimableBalanceEntryView
{
    private const int ClaimantsOffset = LedgerEntryView.BodyOffset + 4 + Wire.HashBytes;

    private readonly ReadOnlySpan<byte> entry;

    // First: asset. Second: amount.
    private readonly EntryMarks marks;

    internal ClaimableBalanceEntryView(ReadOnlySpan<byte> entry, scoped in EntryMarks marks)
    {
        this.entry = entry;
        this.marks = marks;
    }

    /// <summary>Hash that identifies the balance: 32 bytes. Its type is always 0.</summary>
    public ReadOnlySpan<byte> BalanceId => Wire.Hash(entry, LedgerEntryView.BodyOffset + 4);

    /// <summary>Number of claimants, 0 to 10.</summary>
    public int ClaimantCount => Wire.Int32(entry, ClaimantsOffset);

    /// <summary>The accounts that may claim the balance, with their conditions.</summary>
    public Claimants Claimants => new(entry[(ClaimantsOffset + 4)..marks.First], ClaimantCount);

    /// <summary>Asset of the balance.</summary>
    public AssetView Asset => new(entry[marks.First..]);

    /// <summary>Amount of the balance.</summary>
    public long Amount => Wire.Int64(entry, marks.Second);

    /// <summary>The last extension present: 0 none, 1 flags.</summary>
    public int ExtensionLevel => marks.ExtensionLevel;

    /// <summary>Bit 1: clawback enabled. 0 if the extension is absent.</summary>
    public uint Flags => marks.ExtensionLevel >= 1 ? Wire.UInt32(entry, marks.Second + 16) : 0;

    internal static void Check(ref XdrReader reader, ref EntryMarks marks)
    {
        reader.ReadDiscriminant(0, "ClaimableBalanceID.type");
        reader.Skip(Wire.HashBytes, "ClaimableBalanceID.v0");
        int count = reader.ReadCount(XdrLimits.MinClaimantBytes, XdrLimits.Claimants, "ClaimableBalanceEntry.claimants");
        for (int index = 0; index < count; index++)
        {
            reader.ReadDiscriminant(0, "Claimant.type");
            LedgerWalk.ReadAccountId(ref reader);
            LedgerWalk.ReadPredicate(ref reader, depth: 1);
        }

        marks.First = reader.Position;
        LedgerWalk.ReadAsset(ref reader);
        marks.Second = reader.Position;
        reader.Skip(sizeof(long), "ClaimableBalanceEntry.amount");
        if (!reader.ReadExtension(1, "ClaimableBalanceEntry.ext"))
            return;
        marks.ExtensionLevel = 1;
        reader.ReadExtensionPoint("ClaimableBalanceEntryExtensionV1.ext");
        reader.Skip(sizeof(uint), "ClaimableBalanceEntryExtensionV1.flags");
    }
}
