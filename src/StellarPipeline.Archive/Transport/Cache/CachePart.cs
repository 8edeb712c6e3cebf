namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>A file of the cache without a proof.</summary>
/// <param name="Path">Its temporary name.</param>
/// <param name="Bytes">Its current size in bytes.</param>
/// <param name="IsWhole">True if it had its final name, and only its proof is missing.</param>
internal sealed record CachePart(string Path, long Bytes, bool IsWhole);
