using StellarPipeline.Generator.Writing;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>
/// Builds one ledger entry and its key from properties. Nothing is checked, so invalid entries can be made too.
/// </summary>
/// <remarks>
/// A builder can be reused with other values. <see cref="WriteEntry"/> and <see cref="WriteKey"/> allocate nothing.
/// Layouts: stellar-core Stellar-ledger-entries.x, Stellar-contract.x, Stellar-contract-config-setting.x.
/// </remarks>
internal abstract class EntryBuilder
{
    /// <summary>The entry's type.</summary>
    public abstract LedgerEntryType Type { get; }

    /// <summary>The ledger that wrote the entry last.</summary>
    public uint LastModifiedLedger { get; set; } = 1;

    /// <summary>The sponsor's public key, 32 bytes. Setting it gives the entry extension 1.</summary>
    public byte[]? Sponsor { get; set; }

    /// <summary>True writes extension 1 even without a sponsor.</summary>
    public bool HasSponsorExtension { get; set; }

    /// <summary>The encoded LedgerEntry.</summary>
    /// <returns>A new array.</returns>
    public byte[] Entry()
    {
        using XdrWriter writer = new();
        WriteEntry(writer);
        return writer.ToArray();
    }

    /// <summary>The encoded LedgerKey.</summary>
    /// <returns>A new array.</returns>
    public byte[] Key()
    {
        using XdrWriter writer = new();
        WriteKey(writer);
        return writer.ToArray();
    }

    /// <summary>This entry as a LIVEENTRY record: an update.</summary>
    /// <returns>The record.</returns>
    public BucketRecord Live() => BucketRecord.Live(Entry());

    /// <summary>This entry as an INITENTRY record: a creation.</summary>
    /// <returns>The record.</returns>
    public BucketRecord Init() => BucketRecord.Init(Entry());

    /// <summary>This entry's key as a DEADENTRY record: a tombstone.</summary>
    /// <returns>The record.</returns>
    public BucketRecord Dead() => BucketRecord.Dead(Key());

    /// <summary>Writes the LedgerEntry.</summary>
    /// <param name="writer">Receives the bytes.</param>
    public void WriteEntry(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteUInt32(LastModifiedLedger);
        writer.WriteInt32((int)Type);
        WriteBody(writer);
        bool extended = HasSponsorExtension || Sponsor is not null;
        writer.WriteBool(extended);
        if (!extended) return;
        writer.WriteOptionalAccountId(Sponsor);
        writer.WriteInt32(0);
    }

    /// <summary>Writes the LedgerKey.</summary>
    /// <param name="writer">Receives the bytes.</param>
    public void WriteKey(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32((int)Type);
        WriteKeyBody(writer);
    }

    /// <summary>Writes the entry's own struct, between the type and the LedgerEntry extension.</summary>
    /// <param name="writer">Receives the bytes.</param>
    protected abstract void WriteBody(XdrWriter writer);

    /// <summary>Writes the key's own struct, after the type.</summary>
    /// <param name="writer">Receives the bytes.</param>
    protected abstract void WriteKeyBody(XdrWriter writer);
}
