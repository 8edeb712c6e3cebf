using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres;

/// <summary>How a <see cref="CopyStage"/> loads.</summary>
public sealed record CopyStageOptions
{
    /// <summary>What the load asks for and promises about foreign keys.</summary>
    public ForeignKeyOptions ForeignKeys { get; init; } = new();

    /// <summary>Types that rows are encoded for, to be compared with the columns before anything is sent; for as many tables as the caller knows them.</summary>
    /// <value>Default none: what each field was written as is compared with its column in any case.</value>
    public IReadOnlyList<TableExpectation> Expected { get; init; } = [];

    /// <summary>Whether other sessions may write to the tables while the load runs.</summary>
    /// <value>Default <see cref="TableAccess.Auto"/>: not, where the role may lock the tables so.</value>
    public TableAccess Access { get; init; }

    /// <summary>What becomes of the rows that the tables hold before the load.</summary>
    /// <value>Default <see cref="TableContent.Keep"/>.</value>
    public TableContent Content { get; init; }

    /// <summary>Whether replacing rows may do to rows of other tables what their keys and triggers say. Default false: such a load is refused.</summary>
    public bool MayChangeDependents { get; init; }

    /// <summary>Settings and locks of the transaction.</summary>
    public LoadTransactionOptions Transaction { get; init; } = new();

    /// <summary>Limits of a batch.</summary>
    public RowAccumulatorOptions Accumulator { get; init; } = new();

    /// <summary>How batches are sent.</summary>
    public CopySinkOptions Sink { get; init; } = new();

    /// <summary>Takes the plan and what is done; null for nowhere.</summary>
    public IAuditSink? Audit { get; init; }

    /// <summary>Most pages that wait in front of the stage.</summary>
    /// <value>Pages, at least 1. Default 4.</value>
    public int InputPages { get; init; } = 4;

    /// <summary>How long <see cref="CopyStage.CommitAsync"/> waits for the producers of a load that has failed to end.</summary>
    /// <value>Default 30 seconds. Pages that come later are given back all the same.</value>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(30);
}
