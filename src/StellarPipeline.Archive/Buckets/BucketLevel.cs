using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Buckets;

/// <summary>The two buckets of one level of a bucket list.</summary>
/// <param name="Curr">Hash of the newer bucket; all zeros if it is empty.</param>
/// <param name="Snap">Hash of the older bucket; all zeros if it is empty.</param>
public readonly record struct BucketLevel(Hash256 Curr, Hash256 Snap);
