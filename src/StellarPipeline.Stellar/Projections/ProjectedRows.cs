using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections;

/// <summary>The result of one projection for a chunk of views: pages of rows, facts for its collector, counts.</summary>
/// <remarks>Disposing returns the pages that were not taken; it is meant for a chunk of a failed load.</remarks>
public sealed class ProjectedRows : IDisposable
{
    /// <summary>Creates an empty instance.</summary>
    /// <param name="kinds">Number of kinds of views.</param>
    /// <param name="outcomes">Number of outcomes of the projection.</param>
    public ProjectedRows(int kinds, int outcomes) => Tally = new ProjectionTally(kinds, outcomes);

    /// <summary>Pages of finished rows; those of a table are in the order of its rows. The owner of this object owns them.</summary>
    public List<RowPage> Pages { get; } = [];

    /// <summary>Where the views of the chunk came from, for messages; null if not known. Encoders pass it to their pages.</summary>
    public object? Location { get; init; }

    /// <summary>Facts of the encoders for the projection's collector, in the order of the views; null if there are none.</summary>
    public object? Facts { get; set; }

    /// <summary>Views of the chunk by kind and outcome.</summary>
    public ProjectionTally Tally { get; }

    /// <summary>Bytes of all pages.</summary>
    public long Bytes => Pages.Sum(page => (long)page.ByteCount);

    /// <summary>Returns the pages to their pool.</summary>
    public void Dispose()
    {
        foreach (RowPage page in Pages) page.Dispose();
    }
}

/// <summary>The results of all projections of a job for one chunk, in the order of the projections.</summary>
internal sealed class ProjectedChunk(ProjectedRows[] parts) : IDisposable
{
    public IReadOnlyList<ProjectedRows> Parts => parts;

    public long Bytes => parts.Sum(part => part.Bytes);

    public void Dispose()
    {
        foreach (ProjectedRows part in parts) part.Dispose();
    }
}
