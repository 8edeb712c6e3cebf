using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>How a load handles foreign keys, and what it guarantees about its rows.</summary>
public sealed record ForeignKeyOptions
{
    /// <summary>Which strategy to use. Default: <see cref="ForeignKeyChoice.Auto"/>.</summary>
    public ForeignKeyChoice Choice { get; init; }

    /// <summary>
    /// Whether the sink writes the parents of a batch before the batch, in the order of <see cref="ForeignKeyPlan.TablesBefore"/>.
    /// </summary>
    /// <value>Default false: rows of all tables come mixed, and a batch may refer to rows that come later.</value>
    /// <remarks>
    /// If true, only keys inside cycles can be violated during the load: <c>auto</c> may choose <c>ordered</c>, and <c>deferred</c> needs
    /// fewer deferrable keys. The sink must then keep this order.
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
    /// Default false. If it is false but rows were removed, <c>replica</c> detects that from the server's counters and proves the keys of
    /// those other tables too.
    /// </value>
    public bool RemovesRows { get; init; }

    /// <summary>Whether every key is also proved by an anti-join query if PostgreSQL has checked it.</summary>
    /// <value>Default false; <c>replica</c> always proves.</value>
    public bool ProveAlways { get; init; }

    /// <summary>
    /// Rows that the load will write, by table, if known: used to choose the strategy and the key that breaks a cycle.
    /// </summary>
    public IReadOnlyDictionary<QualifiedName, double> ExpectedRows { get; init; } = new Dictionary<QualifiedName, double>();

    /// <summary>Whether <c>recreate</c> rebuilds indexes too. Default: <see cref="IndexRebuild.Never"/>.</summary>
    public IndexRebuild IndexRebuild { get; init; } = IndexRebuild.Never;

    /// <summary>Tables written with INSERT … ON CONFLICT or read by key during the load: their indexes are never dropped.</summary>
    public IReadOnlySet<QualifiedName> TablesThatNeedIndexes { get; init; } = new HashSet<QualifiedName>();

    /// <summary>Whether other sessions may write to the tables while the load runs, so that it holds no lock that blocks them.</summary>
    /// <value>Default false. If true, only <c>ordered</c> and <c>deferred</c> are possible: PostgreSQL checks their keys row by
    /// row.</value>
    public bool SharesTables { get; init; }

    /// <summary>Strategies that the server has refused, by name, with its messages. <c>auto</c> does not choose them.</summary>
    public IReadOnlyDictionary<string, string> Refused { get; init; } = new Dictionary<string, string>();

    /// <summary>Options to plan with if the server refuses the strategy of these options; null for none.</summary>
    public ForeignKeyOptions? Otherwise { get; init; }

    /// <summary>Tables whose rows arrive in primary-key order.</summary>
    public IReadOnlySet<QualifiedName> SortedTables { get; init; } = new HashSet<QualifiedName>();
}
