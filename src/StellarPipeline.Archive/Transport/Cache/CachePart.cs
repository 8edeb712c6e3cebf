namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>A file of the cache that is not proved yet.</summary>
/// <param name="Path">Its temporary name.</param>
/// <param name="Bytes">Bytes that it has already.</param>
/// <param name="IsWhole">True when it had its final name, and only its proof is missing.</param>
internal sealed record CachePart(string Path, long Bytes, bool IsWhole);
