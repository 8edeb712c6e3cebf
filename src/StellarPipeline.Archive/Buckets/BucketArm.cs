namespace StellarPipeline.Archive.Buckets;

/// <summary>What a record of a bucket says about its key.</summary>
/// <remarks>
/// Live list: <c>BucketEntryType</c>. Hot-archive list: <c>HotArchiveBucketEntryType</c>, whose ARCHIVED (0) and LIVE (1) use the numbers
/// of LIVE and DEAD here, with the same shape and the same meaning for a merge: the key has this value, or the key has none.
/// </remarks>
internal enum BucketArm
{
    /// <summary>The bucket's metadata record; it has no key.</summary>
    Metadata = -1,

    /// <summary>The key has this value.</summary>
    Live = 0,

    /// <summary>The key has no value.</summary>
    Dead = 1,

    /// <summary>The key has this value and had none before (CAP-20).</summary>
    Init = 2,
}
