using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>How one <see cref="BulkLoad"/> is carried out.</summary>
public sealed record LoadOptions
{
    /// <summary>Settings and locks of the transaction.</summary>
    public LoadTransactionOptions Transaction { get; init; } = new();

    /// <summary>Limits of a batch.</summary>
    public RowAccumulatorOptions Accumulator { get; init; } = new();

    /// <summary>How batches are sent.</summary>
    public CopySinkOptions Sink { get; init; } = new();

    /// <summary>Receives the foreign-key plan and everything that is done; null for no audit.</summary>
    public IAuditSink? Audit { get; init; }

    /// <summary>Maximum number of pages that wait in front of the load.</summary>
    /// <value>Pages, at least 1. Default 4.</value>
    public int InputPages { get; init; } = 4;

    /// <summary>How long <see cref="BulkLoad.CommitAsync"/> waits for producers to end after the load has failed.</summary>
    /// <value>Default 30 seconds. Pages that arrive later are still returned to their pool.</value>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Byte budget of all pages in flight. Producers borrow the bytes of a page from it, and the load releases them when the page is sent.
    /// Null for no limit.
    /// </summary>
    /// <remarks>
    /// Open batches hold up to <see cref="RowAccumulatorOptions.MaxOpenBytes"/> of it, but never more than two thirds. Leave at least as
    /// much as one producer borrows at a time in addition; if several loads share a budget, for each of them.
    /// </remarks>
    public ByteBudget? Budget { get; init; }

    /// <summary>
    /// Supplies late rows, which depend on the progress of the load, such as parents that many rows share. Its arguments are the moment,
    /// the table (null at the end), and the collection to add pages to. Null for none.
    /// </summary>
    /// <remarks>Called by one thread at a time, while producers continue.</remarks>
    public Action<LateRowsMoment, CopyTable?, ICollection<RowPage>>? LateRows { get; init; }

    /// <summary>Called when the transaction is open, before anything is done in it; null for none.</summary>
    public Action<LoadTransaction>? Opened { get; init; }

    /// <summary>
    /// Changes of the schema at the beginning of the transaction, before the tables are locked; null for none. The plan is made again
    /// after it.
    /// </summary>
    public CommitStep? ChangeSchema { get; init; }

    /// <summary>Work under the locks, after all checks have passed and before the load changes anything; null for none.</summary>
    public CommitStep? Prepare { get; init; }

    /// <summary>Work after the last row and before the foreign keys are proved, in order.</summary>
    public IReadOnlyList<CommitStep> BeforeProof { get; init; } = [];

    /// <summary>Work after the proof and directly before COMMIT, in order.</summary>
    public IReadOnlyList<CommitStep> CommitSteps { get; init; } = [];
}
