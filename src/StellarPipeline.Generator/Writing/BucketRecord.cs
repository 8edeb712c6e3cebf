using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Writing;

/// <summary>One record of a bucket: an arm and its encoded content.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Body">The content after the arm: an encoded LedgerEntry, LedgerKey or BucketMetadata.</param>
public readonly record struct BucketRecord(RecordArm Arm, ReadOnlyMemory<byte> Body)
{
    /// <summary>An update.</summary>
    /// <param name="entry">An encoded LedgerEntry.</param>
    /// <returns>The record.</returns>
    public static BucketRecord Live(ReadOnlyMemory<byte> entry) => new(RecordArm.Live, entry);

    /// <summary>A creation.</summary>
    /// <param name="entry">An encoded LedgerEntry.</param>
    /// <returns>The record.</returns>
    public static BucketRecord Init(ReadOnlyMemory<byte> entry) => new(RecordArm.Init, entry);

    /// <summary>A tombstone.</summary>
    /// <param name="key">An encoded LedgerKey.</param>
    /// <returns>The record.</returns>
    public static BucketRecord Dead(ReadOnlyMemory<byte> key) => new(RecordArm.Dead, key);

    /// <summary>Hot archive only: an archived entry.</summary>
    /// <param name="entry">An encoded LedgerEntry.</param>
    /// <returns>The record.</returns>
    public static BucketRecord HotArchived(ReadOnlyMemory<byte> entry) => new(RecordArm.Live, entry);

    /// <summary>Hot archive only: the entry is live again.</summary>
    /// <param name="key">An encoded LedgerKey.</param>
    /// <returns>The record.</returns>
    public static BucketRecord HotRestored(ReadOnlyMemory<byte> key) => new(RecordArm.Dead, key);

    /// <summary>The metadata record, the first of a bucket.</summary>
    /// <param name="protocol">The protocol that wrote the bucket.</param>
    /// <param name="listType">0 live, 1 hot archive; null writes extension 0, as before protocol 23.</param>
    /// <returns>The record.</returns>
    public static BucketRecord Meta(uint protocol, int? listType = null)
    {
        using XdrWriter writer = new(16);
        writer.WriteUInt32(protocol);
        writer.WriteBool(listType.HasValue);
        if (listType is { } type) writer.WriteInt32(type);
        return new(RecordArm.Meta, writer.ToArray());
    }

    /// <summary>
    /// The metadata record that stellar-core writes with a protocol: extension 1 with the list's type from 23 on, extension 0 before.
    /// </summary>
    /// <param name="protocol">The protocol that wrote the bucket.</param>
    /// <param name="hotArchive">Whether the bucket belongs to the hot archive.</param>
    /// <returns>The record.</returns>
    public static BucketRecord MetaOf(uint protocol, bool hotArchive = false) =>
        Meta(protocol, hotArchive ? 1 : protocol >= 23 ? 0 : null);
}
