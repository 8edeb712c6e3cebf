using StellarPipeline.Postgres;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Projection;

/// <summary>What ledger entries become: an entry view goes in, rows of the projection's own tables come out.</summary>
/// <remarks>
/// The seam of the load: the engine merges, decodes, batches and sends; a projection decides what is stored. One instance serves one load.
/// <see cref="CreateEncoder"/> may be called for several workers; <see cref="Collect"/> and <see cref="Complete"/> are called by one stage, in key order.
/// </remarks>
public interface IEntryProjection : IDisposable
{
    /// <summary>The tables that are written, parents before children: the order of the final flush.</summary>
    IReadOnlyList<CopyTable> Tables { get; }

    /// <summary>What can become of an entry; an encoder's tally counts by the index in this list.</summary>
    IReadOnlyList<EntryOutcome> Outcomes { get; }

    /// <summary>Makes the encoder of one worker.</summary>
    /// <param name="pages">Where pages are rented.</param>
    /// <returns>An encoder, used by one thread at a time.</returns>
    IEntryEncoder CreateEncoder(PagePool pages);

    /// <summary>Takes what a chunk told beyond its rows (parents, contracts), in key order, and may return further rows.</summary>
    /// <param name="chunk">The chunk; its pages are passed on by the caller.</param>
    /// <param name="rows">Receives pages of finished rows.</param>
    void Collect(ProjectedChunk chunk, ICollection<RowPage> rows);

    /// <summary>The tables that rows of a table refer to, which <see cref="CollectParents"/> returns rows of.</summary>
    /// <param name="child">A table of the projection.</param>
    IReadOnlyList<CopyTable> ParentsOf(CopyTable child);

    /// <summary>Returns the parents that rows of a table may refer to and that were not returned yet, for a load that writes parents before their children.</summary>
    /// <param name="child">The table whose rows are about to be sent.</param>
    /// <param name="rows">Receives pages of finished rows. A parent that is not fully known yet comes with its key and what is known; <see cref="Updates"/> completes it.</param>
    void CollectParents(CopyTable child, ICollection<RowPage> rows);

    /// <summary>What was learnt about parents after they were returned. Complete after <see cref="Complete"/>.</summary>
    IReadOnlyList<ParentUpdate> Updates { get; }

    /// <summary>Returns the rows that only the end of the input decides: the parents.</summary>
    /// <param name="rows">Receives pages of finished rows.</param>
    void Complete(ICollection<RowPage> rows);
}

/// <summary>Turns entries into COPY rows for one worker.</summary>
public interface IEntryEncoder : IDisposable
{
    /// <summary>Classifies one entry and encodes what it becomes.</summary>
    /// <param name="entry">The decoded entry; its memory is only valid during the call.</param>
    void Encode(in LedgerEntryView entry);

    /// <summary>Moves everything encoded since the last call into a chunk.</summary>
    /// <param name="chunk">Receives pages, facts and counts.</param>
    void Flush(ProjectedChunk chunk);
}
