namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The contents of a bucket cache.</summary>
/// <param name="Buckets">Number of complete buckets.</param>
/// <param name="BucketBytes">Their stored bytes.</param>
/// <param name="Parts">Number of partial buckets: arriving, or left by an interrupted download.</param>
/// <param name="PartBytes">Their stored bytes.</param>
public sealed record BucketCacheContent(int Buckets, long BucketBytes, int Parts, long PartBytes);
