using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections;

/// <summary>What one projection made of a chunk of views: pages of rows, facts for its collector, counts.</summary>
/// <remarks>
/// Disposing gives the pages back that nobody has taken over; it is for a chunk that a failed load does not want any more.
/// </remarks>
public sealed class ProjectedRows : IDisposable
{
    /// <summary>Makes an empty one.</summary>
    /// <param name="kinds">Number of kinds of views.</param>
    /// <param name="outcomes">Number of outcomes of the projection.</param>
    public ProjectedRows(int kinds, int outcomes) => Tally = new ProjectionTally(kinds, outcomes);

    /// <summary>Pages of finished rows, those of a table in the order of its rows. Their owner is whoever holds this.</summary>
    public List<RowPage> Pages { get; } = [];

    /// <summary>Where the views of the chunk came from, for messages; null where nobody says. Encoders give it to their pages.</summary>
    public object? Location { get; init; }

    /// <summary>
    /// What the projection's encoders tell its collector, in the order of the views; null where there is nothing to tell.
    /// </summary>
    public object? Facts { get; set; }

    /// <summary>Views of the chunk by kind and outcome.</summary>
    public ProjectionTally Tally { get; }

    /// <summary>Bytes of all pages.</summary>
    public long Bytes => Pages.Sum(page => (long)page.ByteCount);

    /// <summary>Gives the pages back.</summary>
    public void Dispose()
    {
        foreach (RowPage page in Pages) page.Dispose();
    }
}

/// <summary>What every projection of a job made of one chunk, in the order of the projections.</summary>
internal sealed class ProjectedChunk(ProjectedRows[] parts) : IDisposable
{
    public IReadOnlyList<ProjectedRows> Parts => parts;

    public long Bytes => parts.Sum(part => part.Bytes);

    public void Dispose()
    {
        foreach (ProjectedRows part in parts) part.Dispose();
    }
}
