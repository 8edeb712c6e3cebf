using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of a CONTRACT_DATA entry.</summary>
/// <remarks>Format: <c>ContractDataEntry</c> in Stellar-ledger-entries.x.</remarks>
public readonly ref struct ContractDataEntryView
{
    private const int ContractOffset = LedgerEntryView.BodyOffset + 4;

    private readonly ReadOnlySpan<byte> entry;

    // First: key. Second: durability.
    private readonly EntryMarks marks;

    internal ContractDataEntryView(ReadOnlySpan<byte> entry, scoped in EntryMarks marks)
    {
        this.entry = entry;
        this.marks = marks;
    }

    /// <summary>The owner of the data: a contract, or an account for its nonces.</summary>
    public ScAddressView Contract => new(entry[ContractOffset..marks.First]);

    /// <summary>The key.</summary>
    public ScValView Key => new(entry[marks.First..marks.Second]);

    /// <summary>What happens to the entry when its time to live has ended.</summary>
    public ContractDataDurability Durability => (ContractDataDurability)Wire.Int32(entry, marks.Second);

    /// <summary>The value.</summary>
    public ScValView Value => new(entry[(marks.Second + 4)..marks.End]);

    internal static void Check(ref XdrReader reader, ref EntryMarks marks)
    {
        reader.ReadExtensionPoint("ContractDataEntry.ext");
        ScValWalk.ReadAddress(ref reader, isKey: true);
        marks.First = reader.Position;
        ScValWalk.ReadValue(ref reader, depth: 1, isKey: true);
        marks.Second = reader.Position;
        reader.ReadDiscriminant((int)ContractDataDurability.Persistent, "ContractDataEntry.durability");
        ScValWalk.ReadValue(ref reader, depth: 1);
    }
}
