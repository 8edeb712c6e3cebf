namespace StellarPipeline.Generator.Writing;

/// <summary>
/// What one level of a bucket list holds. Sequences are pulled once, while their file is written, so they may be lazy and long.
/// </summary>
/// <param name="Curr">Records of the current bucket in the order in which they are to be stored; null is an empty bucket without a
/// file.</param>
/// <param name="Snap">Records of the snapshot bucket; null is an empty bucket without a file.</param>
internal sealed record LevelBuckets(IEnumerable<BucketRecord>? Curr = null, IEnumerable<BucketRecord>? Snap = null);
