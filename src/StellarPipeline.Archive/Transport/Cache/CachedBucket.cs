using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>A bucket in the cache.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Bytes">Stored bytes of the whole bucket or of its part.</param>
/// <param name="LastUsed">Time of its last use, UTC.</param>
/// <param name="IsWhole">False for a part that is arriving or was left by an interrupted download.</param>
public sealed record CachedBucket(Hash256 Hash, long Bytes, DateTime LastUsed, bool IsWhole);
