using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>A generated archive: its files and counts, and the rows that a load of it must give.</summary>
public sealed record GeneratedArchive
{
    /// <summary>The files.</summary>
    public required WrittenArchive Archive { get; init; }

    /// <summary>Live entries by type, as a newest-wins merge yields them.</summary>
    public required IReadOnlyDictionary<LedgerEntryType, long> LiveEntries { get; init; }

    /// <summary>Keys whose newest version is a tombstone, by type.</summary>
    public required IReadOnlyDictionary<LedgerEntryType, long> DeletedKeys { get; init; }

    /// <summary>Bucket records by arm, metadata included.</summary>
    public required IReadOnlyDictionary<RecordArm, long> Records { get; init; }

    /// <summary>The rows that each wallet table must have after a load.</summary>
    public required ExpectedRowCounts ExpectedRows { get; init; }

    /// <summary>The checkpoint.</summary>
    public uint CheckpointLedger => Archive.Settings.CheckpointLedger;

    /// <summary>The network passphrase.</summary>
    public string Passphrase => Archive.Settings.Passphrase!;

    /// <summary>All live entries.</summary>
    public long LiveEntryCount => LiveEntries.Values.Sum();

    /// <summary>All bucket records.</summary>
    public long RecordCount => Records.Values.Sum();

    /// <summary>Uncompressed bytes of all buckets.</summary>
    public long RawBytes => Archive.Buckets.Sum(static bucket => bucket.File.RawBytes);

    /// <summary>Bytes of all buckets on disk.</summary>
    public long CompressedBytes => Archive.Buckets.Sum(static bucket => bucket.File.CompressedBytes);
}
