using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds a CONTRACT_DATA entry.</summary>
internal sealed class ContractDataBuilder : EntryBuilder
{
    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.ContractData;

    /// <summary>An encoded SCAddress, see <see cref="ScAddressXdr"/>.</summary>
    public ReadOnlyMemory<byte> Contract { get; set; } = ScAddressXdr.Contract(new byte[32]);

    /// <summary>An encoded SCVal, see <see cref="ScValueXdr"/>.</summary>
    public ReadOnlyMemory<byte> StorageKey { get; set; } = ScValueXdr.InstanceKey();

    /// <summary>True PERSISTENT (1), false TEMPORARY (0).</summary>
    public bool Persistent { get; set; } = true;

    /// <summary>An encoded SCVal.</summary>
    public ReadOnlyMemory<byte> Value { get; set; } = ScValueXdr.Void();

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(0);
        WriteKeyBody(writer);
        writer.WriteRaw(Value.Span);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteRaw(Contract.Span);
        writer.WriteRaw(StorageKey.Span);
        writer.WriteBool(Persistent);
    }
}
