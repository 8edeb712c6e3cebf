using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>How the fetching of one bucket is going.</summary>
/// <param name="Hash">The bucket.</param>
/// <param name="Stage">What is being done.</param>
/// <param name="Bytes">Stored bytes that are there.</param>
/// <param name="TotalBytes">Stored bytes of the whole bucket; null while that is not known.</param>
public readonly record struct BucketFetchStatus(Hash256 Hash, BucketFetchStage Stage, long Bytes, long? TotalBytes);
