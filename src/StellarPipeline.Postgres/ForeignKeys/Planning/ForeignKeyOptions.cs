using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>What a load wants done about foreign keys, and what it can promise about its rows.</summary>
public sealed record ForeignKeyOptions
{
    /// <summary>Which strategy to use. Default: <see cref="ForeignKeyChoice.Auto"/>.</summary>
    public ForeignKeyChoice Choice { get; init; }

    /// <summary>
    /// Whether the sink writes the parents of a batch before the batch, in the order of <see cref="ForeignKeyPlan.TablesBefore"/>.
    /// </summary>
    /// <value>Default false: rows of all tables come mixed, and a batch may refer to rows that come later.</value>
    /// <remarks>
    /// Where true, only keys inside cycles can be violated on the way, so that <c>ordered</c> is possible for <c>auto</c> and
    /// <c>deferred</c> needs fewer deferrable keys. The sink must then keep to it.
    /// </remarks>
    public bool WritesParentsFirst { get; init; }

    /// <summary>Whether the load also updates rows, so that UPDATE triggers matter to <c>replica</c>.</summary>
    /// <value>Default false: COPY, INSERT and INSERT … ON CONFLICT DO NOTHING only.</value>
    public bool UpdatesRows { get; init; }

    /// <summary>
    /// Whether the load also deletes or truncates rows of its tables, so that tables outside the load that refer to them, and DELETE
    /// triggers, matter too.
    /// </summary>
    /// <value>
    /// Default false. Where it is false and rows were removed all the same, <c>replica</c> notices from the server's counters and proves
    /// the keys of those other tables too.
    /// </value>
    public bool RemovesRows { get; init; }

    /// <summary>Whether every key is proved by our anti-join also where PostgreSQL checked it.</summary>
    /// <value>Default false; <c>replica</c> always proves.</value>
    public bool ProveAlways { get; init; }

    /// <summary>
    /// Rows that the load will write, by table, as far as known: for the choice of strategy and of the edge that breaks a cycle.
    /// </summary>
    public IReadOnlyDictionary<QualifiedName, double> ExpectedRows { get; init; } = new Dictionary<QualifiedName, double>();

    /// <summary>Whether <c>recreate</c> rebuilds indexes too. Default: <see cref="IndexRebuild.Never"/>.</summary>
    public IndexRebuild IndexRebuild { get; init; } = IndexRebuild.Never;

    /// <summary>Tables written with INSERT … ON CONFLICT or read by key during the load: their indexes are never dropped.</summary>
    public IReadOnlySet<QualifiedName> TablesThatNeedIndexes { get; init; } = new HashSet<QualifiedName>();

    /// <summary>Whether other sessions may write to the tables while the load runs, so that it holds no lock that keeps them out.</summary>
    /// <value>Default false. Where true, only <c>ordered</c> and <c>deferred</c> are possible: their keys are checked by PostgreSQL, row by
    /// row.</value>
    public bool SharesTables { get; init; }

    /// <summary>Strategies that were tried and that the server refused, by name, with its words: <c>auto</c> passes them over.</summary>
    public IReadOnlyDictionary<string, string> Refused { get; init; } = new Dictionary<string, string>();

    /// <summary>What to plan with instead when the server refuses what these options ask for; null for nothing.</summary>
    public ForeignKeyOptions? Otherwise { get; init; }

    /// <summary>Tables whose rows come in primary-key order.</summary>
    public IReadOnlySet<QualifiedName> SortedTables { get; init; } = new HashSet<QualifiedName>();
}
