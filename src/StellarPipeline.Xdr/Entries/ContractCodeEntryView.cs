namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of a CONTRACT_CODE entry.</summary>
/// <remarks>Format: <c>ContractCodeEntry</c> in Stellar-ledger-entries.x.</remarks>
public readonly ref struct ContractCodeEntryView
{
    private const int CostInputsOffset = LedgerEntryView.BodyOffset + 12;

    private readonly ReadOnlySpan<byte> entry;

    // First: hash.
    private readonly EntryMarks marks;

    internal ContractCodeEntryView(ReadOnlySpan<byte> entry, scoped in EntryMarks marks)
    {
        this.entry = entry;
        this.marks = marks;
    }

    /// <summary>SHA-256 of the code, 32 bytes. Not recomputed here.</summary>
    public ReadOnlySpan<byte> Hash => Wire.Hash(entry, marks.First);

    /// <summary>The WebAssembly module.</summary>
    public ReadOnlySpan<byte> Code => Wire.Opaque(entry, marks.First + Wire.HashBytes);

    /// <summary>True if the entry contains <see cref="CostInputs"/>.</summary>
    public bool HasCostInputs => marks.ExtensionLevel >= 1;

    /// <summary>Sizes in the module that determine its cost of loading; all 0 if the entry does not contain them.</summary>
    public ContractCodeCostInputs CostInputs => HasCostInputs
        ? new ContractCodeCostInputs(
            Instructions: Wire.UInt32(entry, CostInputsOffset),
            Functions: Wire.UInt32(entry, CostInputsOffset + 4),
            Globals: Wire.UInt32(entry, CostInputsOffset + 8),
            TableEntries: Wire.UInt32(entry, CostInputsOffset + 12),
            Types: Wire.UInt32(entry, CostInputsOffset + 16),
            DataSegments: Wire.UInt32(entry, CostInputsOffset + 20),
            ElementSegments: Wire.UInt32(entry, CostInputsOffset + 24),
            Imports: Wire.UInt32(entry, CostInputsOffset + 28),
            Exports: Wire.UInt32(entry, CostInputsOffset + 32),
            DataSegmentBytes: Wire.UInt32(entry, CostInputsOffset + 36))
        : default;

    internal static void Check(ref XdrReader reader, ref EntryMarks marks)
    {
        if (reader.ReadExtension(1, "ContractCodeEntry.ext"))
        {
            marks.ExtensionLevel = 1;
            reader.ReadExtensionPoint("ContractCodeEntryV1.ext");
            reader.ReadExtensionPoint("ContractCodeCostInputs.ext");
            reader.Skip(40, "ContractCodeCostInputs.nInstructions");
        }

        marks.First = reader.Position;
        reader.Skip(Wire.HashBytes, "ContractCodeEntry.hash");
        reader.ReadVariableOpaque(int.MaxValue, "ContractCodeEntry.code");
    }
}
