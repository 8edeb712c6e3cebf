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

    /// <summary>Takes the plan of the foreign keys and what is done; null for nowhere.</summary>
    public IAuditSink? Audit { get; init; }

    /// <summary>Most pages that wait in front of the load.</summary>
    /// <value>Pages, at least 1. Default 4.</value>
    public int InputPages { get; init; } = 4;

    /// <summary>How long <see cref="BulkLoad.CommitAsync"/> waits for the producers of a load that has failed to end.</summary>
    /// <value>Default 30 seconds. Pages that come later are given back all the same.</value>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The bytes of all pages on their way, where producers borrow them: the load gives them back as pages are sent. Null for no such
    /// bound.
    /// </summary>
    /// <remarks>
    /// Open batches hold up to <see cref="RowAccumulatorOptions.MaxOpenBytes"/> of it; leave at least as much again as one producer borrows
    /// at a time.
    /// </remarks>
    public ByteBudget? Budget { get; init; }

    /// <summary>
    /// Gives rows that only the load's progress decides, such as parents that many rows share: asked why, for which table (null at the
    /// end), and where to put the pages. Null for none.
    /// </summary>
    /// <remarks>Called by one thread at a time, while producers go on.</remarks>
    public Action<LateRowsMoment, CopyTable?, ICollection<RowPage>>? LateRows { get; init; }

    /// <summary>Told when the transaction is open, before anything is done in it; null for nobody.</summary>
    public Action<LoadTransaction>? Opened { get; init; }

    /// <summary>
    /// Changes of the schema at the beginning of the transaction, before the tables are locked; null for none. What the plan said is read
    /// again after it.
    /// </summary>
    public CommitStep? ChangeSchema { get; init; }

    /// <summary>Work under the locks, when nothing refuses the load any more and nothing of it was changed yet; null for none.</summary>
    public CommitStep? Prepare { get; init; }

    /// <summary>Work after the last row and before the keys are proved, in order.</summary>
    public IReadOnlyList<CommitStep> BeforeProof { get; init; } = [];

    /// <summary>Work after the proof, in order, the last before COMMIT.</summary>
    public IReadOnlyList<CommitStep> CommitSteps { get; init; } = [];
}
