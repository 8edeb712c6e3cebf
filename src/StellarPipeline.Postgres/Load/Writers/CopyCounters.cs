using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Rows and bytes sent to one table and confirmed by the server. Other sessions see the rows only after COMMIT.</summary>
/// <remarks>
/// <see cref="Rows"/> is the sum of <see cref="Inserted"/>, <see cref="Updated"/>, <see cref="Deleted"/>, <see cref="Ignored"/> and
/// <see cref="NotFound"/>.
/// </remarks>
/// <param name="Table">The table.</param>
/// <param name="Rows">Rows that were sent.</param>
/// <param name="Bytes">Encoded bytes of the rows.</param>
/// <param name="Batches">COPY commands.</param>
/// <param name="Busy">Sum of the times from the start of each COPY to its confirmed end.</param>
public sealed record CopyCounters(CopyTable Table, long Rows, long Bytes, int Batches, TimeSpan Busy)
{
    /// <summary>Rows that are new in the table.</summary>
    public long Inserted { get; init; }

    /// <summary>Rows that changed a row with the same key.</summary>
    /// <remarks>
    /// For a partitioned table this is PostgreSQL's own count of updates, which includes rows updated by triggers. Without track_counts all
    /// rows count as inserted.
    /// </remarks>
    public long Updated { get; init; }

    /// <summary>Rows that deleted the row with their key.</summary>
    public long Deleted { get; init; }

    /// <summary>Rows that changed nothing, because their key already existed or another row of the same batch has the same key.</summary>
    public long Ignored { get; init; }

    /// <summary>Rows that should delete a row that did not exist.</summary>
    public long NotFound { get; init; }
}
