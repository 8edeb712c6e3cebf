namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Position of the eviction scan in the bucket list.</summary>
/// <param name="BucketListLevel">Level.</param>
/// <param name="IsCurrentBucket">True for the level's current bucket, false for its snapshot.</param>
/// <param name="BucketFileOffset">Offset in the bucket's file: bytes.</param>
/// <remarks>Format: <c>EvictionIterator</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct EvictionIteratorSetting(uint BucketListLevel, bool IsCurrentBucket, ulong BucketFileOffset);
