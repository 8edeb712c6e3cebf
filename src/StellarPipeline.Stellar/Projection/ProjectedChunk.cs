using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.Projection;

/// <summary>What one chunk of entries became: pages of rows, facts for the projection's collector, counts.</summary>
/// <remarks>Disposing gives the pages back that nobody has taken over; it is for a chunk that a failed load does not want any more.</remarks>
public sealed class ProjectedChunk : IDisposable
{
    /// <summary>Makes an empty chunk.</summary>
    /// <param name="outcomes">Number of outcomes of the projection.</param>
    public ProjectedChunk(int outcomes) => Tally = new EntryTally(outcomes);

    /// <summary>Pages of finished rows, those of a table in the order of its rows. Their owner is whoever holds the chunk.</summary>
    public List<RowPage> Pages { get; } = [];

    /// <summary>What the projection's encoders tell its collector, in key order; null where there is nothing to tell.</summary>
    public object? Facts { get; set; }

    /// <summary>Entries of the chunk by type and outcome.</summary>
    public EntryTally Tally { get; }

    /// <summary>Bytes of all pages.</summary>
    public long Bytes => Pages.Sum(page => (long)page.ByteCount);

    /// <summary>Gives the pages back.</summary>
    public void Dispose()
    {
        foreach (RowPage page in Pages) page.Dispose();
    }
}
