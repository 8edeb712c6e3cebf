using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Stellar.Projections;

/// <summary>What views of the ledger become: a view goes in, rows of the projection's own tables come out, or none with a reason.</summary>
/// <remarks>
/// The seam of every job: the engine reads, decodes, batches and sends; a projection decides what is stored. A job takes any number of
/// them. One instance serves one load. <see cref="CreateEncoder"/> may be called for several workers. <see cref="Collect"/> and
/// <see cref="LateRows"/> are called by one thread at a time; facts come in the order of the views, and before the pages of their chunk are
/// on their way.
/// </remarks>
/// <typeparam name="TView">What is projected: a zero-copy view over the encoded bytes.</typeparam>
public interface IProjection<TView> : IDisposable
    where TView : allows ref struct
{
    /// <summary>The tables that are written, parents before children.</summary>
    IReadOnlyList<CopyTable> Tables { get; }

    /// <summary>
    /// Types that the encoders write, to be compared with the columns before the first byte; for as many tables as are known. Default:
    /// none.
    /// </summary>
    IReadOnlyList<TableExpectation> Expected => [];

    /// <summary>
    /// Tables that the projection does not write but that refer to its tables, and belong to the same owner: emptied ones are truncated
    /// along. Default: none.
    /// </summary>
    IReadOnlyList<CopyTable> Dependents => [];

    /// <summary>Kinds of views, as reports call them; an encoder's tally counts by the index in this list.</summary>
    IReadOnlyList<string> Kinds { get; }

    /// <summary>What can become of a view; an encoder's tally counts by the index in this list.</summary>
    IReadOnlyList<ProjectionOutcome> Outcomes { get; }

    /// <summary>Makes the encoder of one worker.</summary>
    /// <param name="pages">Where pages are rented.</param>
    /// <returns>An encoder, used by one thread at a time.</returns>
    IRowEncoder<TView> CreateEncoder(PagePool pages);

    /// <summary>Takes what the encoders told of a chunk beyond its rows (parents, contracts). Default: nothing.</summary>
    /// <param name="facts">As the encoder gave them; not null.</param>
    void Collect(object facts)
    {
    }

    /// <summary>Gives rows that depend on more than one view: parents, for one. Default: none.</summary>
    /// <param name="moment">Why they are asked for.</param>
    /// <param name="table">The table of the page or batch; null at the end.</param>
    /// <param name="rows">Receives pages of finished rows. A parent that is not fully known yet comes with its key and what is known;
    /// <see cref="BeforeProof"/> completes it.</param>
    void LateRows(LateRowsMoment moment, CopyTable? table, ICollection<RowPage> rows)
    {
    }

    /// <summary>Work in the load's transaction when all rows are sent and before the keys are proved. Default: none.</summary>
    IReadOnlyList<CommitStep> BeforeProof => [];

    /// <summary>Work in the load's transaction after the proof. Default: none.</summary>
    IReadOnlyList<CommitStep> CommitSteps => [];
}

/// <summary>Turns views into COPY rows for one worker.</summary>
/// <typeparam name="TView">What is encoded.</typeparam>
public interface IRowEncoder<TView> : IDisposable
    where TView : allows ref struct
{
    /// <summary>Classifies one view and encodes what it becomes.</summary>
    /// <param name="view">The view; its memory is only valid during the call.</param>
    void Encode(in TView view);

    /// <summary>Moves everything encoded since the last call into a chunk's rows.</summary>
    /// <param name="rows">Receives pages, facts and counts.</param>
    void Flush(ProjectedRows rows);
}
