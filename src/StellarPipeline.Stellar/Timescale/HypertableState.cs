namespace StellarPipeline.Stellar.Timescale;

/// <summary>A history table that is a hypertable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ChunkInterval">How much time a new chunk covers, as PostgreSQL writes it.</param>
/// <param name="Chunks">Chunks that there are.</param>
/// <param name="Compressed">Those of them that are compressed.</param>
internal sealed record HypertableState(string Name, string ChunkInterval, long Chunks, long Compressed);
