using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>An event of a contract.</summary>
/// <remarks>Format: <c>ContractEvent</c> in Stellar-ledger.x; its body has version 0, the only one.</remarks>
public readonly ref struct ContractEventView
{
    private const int ContractFlagOffset = 4;
    private const int ContractType = 1;

    private readonly ReadOnlySpan<byte> encoded;
    private readonly int typeOffset;

    internal ContractEventView(ReadOnlySpan<byte> encoded)
    {
        this.encoded = encoded;
        typeOffset = TypeOffset(encoded);
    }

    /// <summary>True if its type is CONTRACT (not SYSTEM or DIAGNOSTIC) and it names the contract.</summary>
    public bool IsOfContract => Wire.Int32(encoded, typeOffset) == ContractType && typeOffset != ContractFlagOffset + 4;

    /// <summary>Id of the contract: 32 bytes; empty if it is not named.</summary>
    public ReadOnlySpan<byte> ContractId => typeOffset == ContractFlagOffset + 4 ? default : Wire.Hash(encoded, ContractFlagOffset + 4);

    /// <summary>Number of topics.</summary>
    public int TopicCount => Wire.Int32(encoded, typeOffset + 8);

    /// <summary>The topics.</summary>
    public ScValElements Topics => new(encoded[(typeOffset + 12)..], TopicCount);

    /// <summary>The data, found by skipping the topics.</summary>
    public ScValView Data
    {
        get
        {
            int offset = typeOffset + 12;
            for (int topic = TopicCount; topic > 0; topic--)
                offset += ScValWalk.Measure(encoded[offset..]);
            return new ScValView(encoded[offset..]);
        }
    }

    /// <summary>Length in bytes of the checked event at the start of <paramref name="bytes"/>.</summary>
    internal static int Measure(ReadOnlySpan<byte> bytes)
    {
        int offset = TypeOffset(bytes);
        int topics = Wire.Int32(bytes, offset + 8);
        offset += 12;
        for (int value = 0; value <= topics; value++)
            offset += ScValWalk.Measure(bytes[offset..]);
        return offset;
    }

    private static int TypeOffset(ReadOnlySpan<byte> bytes) =>
        ContractFlagOffset + 4 + (Wire.Int32(bytes, ContractFlagOffset) != 0 ? Wire.HashBytes : 0);
}
