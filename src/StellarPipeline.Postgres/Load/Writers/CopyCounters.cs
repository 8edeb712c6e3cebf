using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>What was sent to one table and confirmed by the server. Other sessions see it after COMMIT, never before.</summary>
/// <remarks>
/// <see cref="Rows"/> is the sum of <see cref="Inserted"/>, <see cref="Updated"/>, <see cref="Deleted"/>, <see cref="Ignored"/> and
/// <see cref="NotFound"/>.
/// </remarks>
/// <param name="Table">The table.</param>
/// <param name="Rows">Rows that were sent.</param>
/// <param name="Bytes">Encoded bytes of the rows.</param>
/// <param name="Batches">COPY commands.</param>
/// <param name="Busy">Time from the start of each COPY to its confirmed end, added up.</param>
public sealed record CopyCounters(CopyTable Table, long Rows, long Bytes, int Batches, TimeSpan Busy)
{
    /// <summary>Rows that are new in the table.</summary>
    public long Inserted { get; init; }

    /// <summary>Rows that changed a row with the same key.</summary>
    /// <remarks>
    /// Of a partitioned table this is PostgreSQL's own count of updates, so rows that a trigger updates count too; without track_counts
    /// they all count as inserted.
    /// </remarks>
    public long Updated { get; init; }

    /// <summary>Rows that removed the row with their key.</summary>
    public long Deleted { get; init; }

    /// <summary>Rows that changed nothing, because their key was there already or another row of the same batch has it too.</summary>
    public long Ignored { get; init; }

    /// <summary>Rows that were to remove a row that was not there.</summary>
    public long NotFound { get; init; }
}
