namespace StellarPipeline.Archive.Buckets;

/// <summary>Counts what has been read from one bucket. The numbers only grow; any thread may read them at any time.</summary>
public sealed class BucketCounters
{
    private long storedBytes;
    private long contentBytes;
    private long metadata;
    private long live;
    private long init;
    private long dead;
    private long shadowed;
    private long tombstones;
    private bool isReading;

    internal BucketCounters(BucketReference bucket) => Bucket = bucket;

    /// <summary>The bucket.</summary>
    public BucketReference Bucket { get; }

    /// <summary>Stored (compressed) bytes read.</summary>
    public long StoredBytes => Volatile.Read(ref storedBytes);

    /// <summary>Uncompressed bytes read and hashed.</summary>
    public long ContentBytes => Volatile.Read(ref contentBytes);

    /// <summary>Records read, of every kind.</summary>
    public long Records => MetadataRecords + LiveRecords + InitRecords + DeadRecords;

    /// <summary>Metadata records: 0 or 1.</summary>
    public long MetadataRecords => Volatile.Read(ref metadata);

    /// <summary>LIVE records; in a hot-archive bucket, ARCHIVED records.</summary>
    public long LiveRecords => Volatile.Read(ref live);

    /// <summary>INIT records; always 0 in a hot-archive bucket.</summary>
    public long InitRecords => Volatile.Read(ref init);

    /// <summary>DEAD records; in a hot-archive bucket, LIVE records, which mean that the entry is no longer archived.</summary>
    public long DeadRecords => Volatile.Read(ref dead);

    /// <summary>Records that a newer bucket overrides.</summary>
    public long Shadowed => Volatile.Read(ref shadowed);

    /// <summary>DEAD records that no newer bucket overrides: their keys do not exist.</summary>
    public long Tombstones => Volatile.Read(ref tombstones);

    /// <summary>
    /// Live entries from this bucket: LIVE and INIT records that no newer bucket overrides. Exact once the read has ended.
    /// </summary>
    public long LiveEntries => LiveRecords + InitRecords + DeadRecords - Shadowed - Tombstones;

    /// <summary>True while bytes are being fetched or decompressed; false while they wait for the merge.</summary>
    internal bool IsReading
    {
        get => Volatile.Read(ref isReading);
        set => Volatile.Write(ref isReading, value);
    }

    // Only one thread writes each number, so plain increments are enough; 64-bit values are written atomically.
    internal void SetBytes(long stored, long content)
    {
        Volatile.Write(ref storedBytes, stored);
        Volatile.Write(ref contentBytes, content);
    }

    internal void CountMetadata() => metadata++;

    internal void CountLive() => live++;

    internal void CountInit() => init++;

    internal void CountDead() => dead++;

    internal void CountShadowed() => shadowed++;

    internal void CountTombstone() => tombstones++;
}
