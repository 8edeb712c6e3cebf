namespace StellarPipeline.Archive.Buckets;

/// <summary>Which of the two bucket lists of an archive state.</summary>
public enum BucketListKind
{
    /// <summary>The current state of the ledger (<c>currentBuckets</c>).</summary>
    Live,

    /// <summary>Contract entries evicted from the live list (<c>hotArchiveBuckets</c>, protocol 23 and later).</summary>
    HotArchive,
}
