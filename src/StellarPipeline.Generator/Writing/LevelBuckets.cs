namespace StellarPipeline.Generator.Writing;

/// <summary>
/// The records of one level of a bucket list. Each sequence is enumerated once, while its file is written, so it may be lazy and long.
/// </summary>
/// <param name="Curr">Records of the current bucket in the order of the file; null is an empty bucket without a file.</param>
/// <param name="Snap">Records of the snapshot bucket; null is an empty bucket without a file.</param>
internal sealed record LevelBuckets(IEnumerable<BucketRecord>? Curr = null, IEnumerable<BucketRecord>? Snap = null);
