using System.Buffers.Binary;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Rules for the contents of a bucket, by its list.</summary>
/// <remarks>
/// Metadata: stellar-core src/bucket/BucketInputIterator.cpp, src/bucket/LiveBucket.cpp. Hot-archive entries:
/// src/bucket/HotArchiveBucket.cpp.
/// </remarks>
internal readonly struct BucketRecordRules(BucketListKind list, uint ledgerProtocol)
{
    /// <summary>The first protocol with metadata and INIT records.</summary>
    public const uint MetadataProtocol = StellarProtocols.BucketMetadata;

    private const int LiveListType = 0;
    private const int HotArchiveListType = 1;
    private const int Persistent = 1;

    /// <summary>Protocol version in the checkpoint's ledger header.</summary>
    public uint LedgerProtocol => ledgerProtocol;

    /// <summary>True if the first record must be a metadata record.</summary>
    public bool MetadataRequired => list == BucketListKind.HotArchive;

    /// <summary>True if INIT records are allowed.</summary>
    public bool InitAllowed => list == BucketListKind.Live;

    /// <summary>Reads the metadata record.</summary>
    /// <param name="metadata">The bytes of a BucketMetadata.</param>
    /// <param name="place">Where the record is, for messages.</param>
    /// <returns>The protocol that wrote the bucket.</returns>
    /// <exception cref="XdrFormatException">The bytes are not a BucketMetadata.</exception>
    /// <exception cref="ArchiveException">The record belongs to the other list, or its protocol is impossible (codes META_TYPE,
    /// META_VERSION).</exception>
    public uint ReadMetadata(ReadOnlySpan<byte> metadata, in RecordPlace place)
    {
        var reader = new XdrReader(metadata);
        uint protocol = reader.ReadUInt32("BucketMetadata.ledgerVersion");
        int? type =
            reader.ReadDiscriminant(1, "BucketMetadata.ext") == 1 ? reader.ReadDiscriminant(1, "BucketMetadata.bucketListType") : null;
        reader.EnsureEnd("BucketMetadata");
        if (list == BucketListKind.HotArchive ? type != HotArchiveListType : type is not (null or LiveListType))
            ArchiveThrow.MetadataType(place, list, type);
        if (protocol < MetadataProtocol)
            ArchiveThrow.MetadataTooOld(place, protocol);
        if (protocol > ledgerProtocol)
            ArchiveThrow.MetadataTooNew(place, protocol, ledgerProtocol);
        return protocol;
    }

    /// <summary>
    /// Throws if an entry cannot be in a hot-archive list, which contains only persistent contract data and contract code.
    /// </summary>
    /// <param name="record">The reader, positioned at the record.</param>
    /// <exception cref="ArchiveException">The entry is not allowed (code WRONG_LIST).</exception>
    public void CheckEntry(BucketReader record)
    {
        if (list == BucketListKind.Live || record.KeyType == LedgerEntryType.ContractCode)
            return;
        if (record.KeyType != LedgerEntryType.ContractData)
            ArchiveThrow.WrongList(record.Place, record.KeyType, isTemporary: false);
        // The durability is the last field of the key.
        if (BinaryPrimitives.ReadInt32BigEndian(record.KeyBody[^sizeof(int)..]) != Persistent)
            ArchiveThrow.WrongList(record.Place, record.KeyType, isTemporary: true);
    }
}
