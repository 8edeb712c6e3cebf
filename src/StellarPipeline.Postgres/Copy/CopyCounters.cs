namespace StellarPipeline.Postgres;

/// <summary>What was sent to one table and confirmed by the server. Other sessions see it after COMMIT, never before.</summary>
/// <param name="Table">The table.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">Encoded bytes of the rows.</param>
/// <param name="Batches">COPY commands.</param>
/// <param name="Busy">Time from the start of each COPY to its confirmed end, added up.</param>
public sealed record CopyCounters(CopyTable Table, long Rows, long Bytes, int Batches, TimeSpan Busy);
