using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds a DATA entry.</summary>
internal sealed class DataBuilder : EntryBuilder
{
    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.Data;

    /// <summary>The owner's public key, 32 bytes.</summary>
    public ReadOnlyMemory<byte> AccountId { get; set; } = new byte[32];

    /// <summary>Name bytes, at most 64.</summary>
    public ReadOnlyMemory<byte> Name { get; set; } = "name"u8.ToArray();

    /// <summary>Value bytes, at most 64.</summary>
    public ReadOnlyMemory<byte> Value { get; set; }

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        WriteKeyBody(writer);
        writer.WriteOpaque(Value.Span);
        writer.WriteInt32(0);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteAccountId(AccountId.Span);
        writer.WriteOpaque(Name.Span);
    }
}
