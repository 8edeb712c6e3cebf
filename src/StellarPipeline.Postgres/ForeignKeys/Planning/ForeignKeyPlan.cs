using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>
/// How a load will satisfy the foreign keys of its tables: order, cycles, the strategy with the reasons for and against each, and the SQL.
/// </summary>
public sealed class ForeignKeyPlan
{
    internal ForeignKeyPlan(
        ForeignKeyCatalog catalog, ForeignKeyGraph graph, ForeignKeyOptions options, string role, IReadOnlyList<StrategyVerdict> strategies)
    {
        Catalog = catalog;
        Graph = graph;
        Options = options;
        Role = role;
        Strategies = strategies;
        PolymorphicPairs = PolymorphicPair.Find(catalog);
        Warnings = [.. PlanWarnings.Of(catalog, PolymorphicPairs)];
    }

    /// <summary>The limits of every plan, in full sentences.</summary>
    public static IReadOnlyList<string> Limits { get; } =
    [
        "References that are enforced by hand-written triggers are not foreign keys to PostgreSQL: they are not ordered, not deferred and "
            + "not proved.",
        "Polymorphic references (x_type with x_id) cannot be checked by anybody but the application.",
    ];

    /// <summary>The catalogue that the plan was made from.</summary>
    public ForeignKeyCatalog Catalog { get; }

    /// <summary>Edges, cycles, layers, order.</summary>
    public ForeignKeyGraph Graph { get; }

    /// <summary>The load's options.</summary>
    public ForeignKeyOptions Options { get; }

    /// <summary>The role that the plan is for.</summary>
    public string Role { get; }

    /// <summary>All strategies, usually the cheapest first: replica, recreate, ordered, deferred.</summary>
    public IReadOnlyList<StrategyVerdict> Strategies { get; }

    /// <summary>The strategy that the load will use; null if the load is refused.</summary>
    public StrategyVerdict? Chosen => Strategies.FirstOrDefault(verdict => verdict.IsChosen);

    /// <summary>Whether the load would be refused.</summary>
    public bool IsRefused => Chosen is null;

    /// <summary>Pairs of columns that look like a reference without a foreign key.</summary>
    public IReadOnlyList<PolymorphicPair> PolymorphicPairs { get; }

    /// <summary>Things that a person should check, in full sentences.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The chosen strategy's statements in order, with the load itself as a comment; empty if the load is refused.</summary>
    public IReadOnlyList<string> Statements => Chosen?.Name switch
    {
        ReplicaStrategy.StrategyName => ReplicaStrategy.Statements(Catalog),
        RecreateStrategy.StrategyName => RecreateStrategy.Statements(Catalog, Options),
        OrderedStrategy.StrategyName => OrderedStrategy.Statements(Catalog, Graph),
        DeferredStrategy.StrategyName => DeferredStrategy.Statements(),
        _ => [],
    };

    /// <summary>If the load is refused: for each requested strategy, the SQL that would make it possible, cycles first.</summary>
    public IReadOnlyList<string> Remedies => IsRefused
        ? [
            .. Asked.OrderBy(verdict => verdict.Name is not (OrderedStrategy.StrategyName or DeferredStrategy.StrategyName))
                .SelectMany(verdict => verdict.Probe.Remedies)
                .Distinct(),
        ]
        : [];

    /// <summary>
    /// The tables whose pending rows must be written before rows of <paramref name="table"/>, in the order to write them.
    /// </summary>
    /// <param name="table">A loaded table.</param>
    public IReadOnlyList<QualifiedName> TablesBefore(QualifiedName table) => Graph.TablesBefore(table);

    /// <summary>The strategies that the options allow: one, or for <c>auto</c> all.</summary>
    internal IEnumerable<StrategyVerdict> Asked =>
        Strategies.Where(verdict => Options.Choice == ForeignKeyChoice.Auto || verdict.Name == ForeignKeyPlanner.NameOf(Options.Choice));
}
