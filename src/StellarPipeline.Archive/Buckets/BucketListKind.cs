namespace StellarPipeline.Archive.Buckets;

/// <summary>Which of the two bucket lists of an archive state.</summary>
public enum BucketListKind
{
    /// <summary>The ledger's present state (<c>currentBuckets</c>).</summary>
    Live,

    /// <summary>Contract entries that were evicted from the live list (<c>hotArchiveBuckets</c>, protocol 23 and later).</summary>
    HotArchive,
}
