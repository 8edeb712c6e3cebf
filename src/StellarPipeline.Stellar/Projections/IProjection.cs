using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Stellar.Projections;

/// <summary>Projects views of the ledger: a view goes in; rows of the projection's own tables come out, or none for a reason.</summary>
/// <remarks>
/// The interface between engine and content: the engine reads, decodes, batches and sends; a projection decides what is stored. A job takes
/// any number of projections. One instance serves one load. <see cref="CreateEncoder"/> may be called for several workers.
/// <see cref="Collect"/> and <see cref="LateRows"/> are called by one thread at a time. Facts arrive in the order of the views, and before
/// the pages of their chunk are sent.
/// </remarks>
/// <typeparam name="TView">Type of the view: zero-copy, over the encoded bytes.</typeparam>
public interface IProjection<TView> : IDisposable
    where TView : allows ref struct
{
    /// <summary>The tables that the projection writes, parents before children.</summary>
    IReadOnlyList<CopyTable> Tables { get; }

    /// <summary>
    /// Types that the encoders write. They are compared with the columns before the first byte is sent. May cover only some tables.
    /// Default: none.
    /// </summary>
    IReadOnlyList<TableExpectation> Expected => [];

    /// <summary>
    /// Tables that the projection does not write, but that refer to its tables and belong to the same owner: if they are empty, they are
    /// truncated together with its tables. Default: none.
    /// </summary>
    IReadOnlyList<CopyTable> Dependents => [];

    /// <summary>Kinds of views, as named in reports. The tally of an encoder counts by index in this list.</summary>
    IReadOnlyList<string> Kinds { get; }

    /// <summary>Possible outcomes of a view. The tally of an encoder counts by index in this list.</summary>
    IReadOnlyList<ProjectionOutcome> Outcomes { get; }

    /// <summary>Creates the encoder of one worker.</summary>
    /// <param name="pages">The pool of pages.</param>
    /// <returns>An encoder, used by one thread at a time.</returns>
    IRowEncoder<TView> CreateEncoder(PagePool pages);

    /// <summary>Takes the facts that encoders found in a chunk besides its rows (parents, contracts). Default: does nothing.</summary>
    /// <param name="facts">The facts of an encoder; not null.</param>
    void Collect(object facts)
    {
    }

    /// <summary>Returns rows that depend on more than one view, such as parents. Default: none.</summary>
    /// <param name="moment">When they are requested.</param>
    /// <param name="table">The table of the page or batch; null at the end.</param>
    /// <param name="rows">Receives pages of finished rows. A parent that is not completely known yet has its key and what is known;
    /// <see cref="BeforeProof"/> completes it.</param>
    void LateRows(LateRowsMoment moment, CopyTable? table, ICollection<RowPage> rows)
    {
    }

    /// <summary>Work in the load's transaction after all rows are sent and before the keys are proved. Default: none.</summary>
    IReadOnlyList<CommitStep> BeforeProof => [];

    /// <summary>Work in the load's transaction after the proof. Default: none.</summary>
    IReadOnlyList<CommitStep> CommitSteps => [];
}

/// <summary>Turns views into COPY rows for one worker.</summary>
/// <typeparam name="TView">Type of the view.</typeparam>
public interface IRowEncoder<TView> : IDisposable
    where TView : allows ref struct
{
    /// <summary>Classifies one view and encodes its rows.</summary>
    /// <param name="view">The view; its memory is only valid during the call.</param>
    void Encode(in TView view);

    /// <summary>Moves everything encoded since the last call into a chunk's rows.</summary>
    /// <param name="rows">Receives pages, facts and counts.</param>
    void Flush(ProjectedRows rows);
}
