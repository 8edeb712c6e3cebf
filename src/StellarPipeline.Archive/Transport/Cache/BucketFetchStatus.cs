using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Progress of one bucket's download.</summary>
/// <param name="Hash">The bucket.</param>
/// <param name="Stage">The current stage.</param>
/// <param name="Bytes">Stored bytes that have arrived.</param>
/// <param name="TotalBytes">Stored bytes of the whole bucket; null if unknown.</param>
public readonly record struct BucketFetchStatus(Hash256 Hash, BucketFetchStage Stage, long Bytes, long? TotalBytes);
