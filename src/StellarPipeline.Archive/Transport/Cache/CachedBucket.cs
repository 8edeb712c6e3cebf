using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>A bucket in the cache.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Bytes">Stored bytes, of the whole bucket or of its part.</param>
/// <param name="LastUsed">When it was used last, UTC.</param>
/// <param name="IsWhole">False for the part that arrives, or that a stopped download left.</param>
public sealed record CachedBucket(Hash256 Hash, long Bytes, DateTime LastUsed, bool IsWhole);
