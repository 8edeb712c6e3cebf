namespace StellarPipeline.Generator.Writing;

/// <summary>A written archive.</summary>
public sealed record WrittenArchive
{
    /// <summary>The archive's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The archive's settings.</summary>
    public required ArchiveSettings Settings { get; init; }

    /// <summary>Every bucket of both lists, including empty ones; live list first, newest first.</summary>
    public required IReadOnlyList<WrittenBucket> Buckets { get; init; }

    /// <summary>The bucket list hash of the last header, 32 bytes.</summary>
    public required byte[] BucketListHash { get; init; }

    /// <summary>The hash of the last header, 32 bytes, which an independent source can confirm.</summary>
    public required byte[] HeaderHash { get; init; }

    /// <summary>Full path of the root state file.</summary>
    public string RootStatePath => PathOf(ArchivePaths.RootState);

    /// <summary>Full path of the checkpoint's state file.</summary>
    public string StatePath => PathOf(ArchivePaths.OfCheckpoint("history", Settings.CheckpointLedger, ".json"));

    /// <summary>Full path of the checkpoint's ledger file.</summary>
    public string LedgerPath => PathOf(ArchivePaths.OfCheckpoint("ledger", Settings.CheckpointLedger, ".xdr.gz"));

    /// <summary>Finds a bucket by its place in a list.</summary>
    /// <param name="level">0 (newest) to 10.</param>
    /// <param name="isSnap">True for the level's snapshot, false for its current bucket.</param>
    /// <param name="hotArchive">True for the hot archive's list, false for the live list.</param>
    /// <returns>The bucket.</returns>
    public WrittenBucket Bucket(int level, bool isSnap = false, bool hotArchive = false) =>
        Buckets.Single(bucket => bucket.Level == level && bucket.IsSnap == isSnap && bucket.HotArchive == hotArchive);

    /// <summary>Full path of a bucket's file.</summary>
    /// <param name="bucket">One of <see cref="Buckets"/>.</param>
    /// <returns>The path.</returns>
    public string PathOf(WrittenBucket bucket)
    {
        ArgumentNullException.ThrowIfNull(bucket);
        return PathOf(ArchivePaths.OfBucket(bucket.File.Hash));
    }

    private string PathOf(string relative) => Path.Combine(Folder, relative);
}
