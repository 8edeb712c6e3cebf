namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>What a bucket cache holds.</summary>
/// <param name="Buckets">Whole buckets.</param>
/// <param name="BucketBytes">Their stored bytes.</param>
/// <param name="Parts">Parts of buckets: arriving, or left by a stopped download.</param>
/// <param name="PartBytes">Their stored bytes.</param>
public sealed record BucketCacheContent(int Buckets, long BucketBytes, int Parts, long PartBytes);
