namespace StellarPipeline.Stellar.Timescale;

/// <summary>A history table that is a hypertable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ChunkInterval">Time range of a new chunk, as PostgreSQL prints an interval.</param>
/// <param name="Chunks">Number of chunks.</param>
/// <param name="Compressed">Number of compressed chunks.</param>
internal sealed record HypertableState(string Name, string ChunkInterval, long Chunks, long Compressed);
