using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Defers the checks of deferrable foreign keys to the end of the transaction with <c>SET CONSTRAINTS ALL DEFERRED</c>.
/// </summary>
/// <remarks>
/// Cost: PostgreSQL queues one event per child row and key in the backend's memory (measured 12 MB per million rows, never spilled) and
/// then checks row by row (measured 4.3 µs per row): slow, and memory grows with the load.
/// Locks: none beyond those of the COPY itself; each check locks its parent row FOR KEY SHARE. Privileges: none beyond INSERT.
/// Needs: every key that rows can violate during the load must be DEFERRABLE: all keys between loaded tables, or, if the sink writes
/// parents first, those that break the cycles.
/// Needs <c>session_replication_role</c> origin or local. If the role may not set it, every key is proved by an anti-join, or the load is
/// refused.
/// What can remain wrong: nothing.
/// </remarks>
internal sealed class DeferredStrategy : CheckedStrategy
{
    /// <summary>Its name.</summary>
    public const string StrategyName = "deferred";

    private readonly ForeignKeyGraph graph;

    /// <summary>Makes the strategy for one load.</summary>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="audit">Receives what is done; null for no audit.</param>
    /// <param name="options">The load's options; null for the defaults.</param>
    public DeferredStrategy(ForeignKeyCatalog catalog, IAuditSink? audit = null, ForeignKeyOptions? options = null)
        : base(StrategyName, StrategyFactsTable.Deferred, catalog, audit, options)
    {
        this.graph = new ForeignKeyGraph(catalog, Options.ExpectedRows);
    }

    internal static StrategyProbe Judge(ForeignKeyCatalog catalog, ForeignKeyGraph graph, ForeignKeyOptions options, RoleRights rights)
    {
        IEnumerable<ForeignKey> violated =
            options.WritesParentsFirst ? graph.DeferredKeys : graph.Edges.Select(edge => edge.Key).Distinct();
        var immediate = violated.Where(key => !key.IsDeferrable).ToList();
        string why = options.WritesParentsFirst
            ? "and no order of writing satisfies it, because its tables refer to each other in a circle"
            : "and rows may come before the rows that they refer to";
        var probe = new StrategyProbe(
            StrategyName,
            [.. immediate.Select(key => $"Foreign key {key} is not DEFERRABLE, {why}.")],
            [.. DeferredChecks.Cautions(catalog)],
            [.. immediate.Select(ForeignKeySql.MakeDeferrable)]);
        return CheckedKeys.With(probe, catalog, options, rights);
    }

    internal static IReadOnlyList<string> Statements() =>
        ["SET CONSTRAINTS ALL DEFERRED;", "-- the load", "SET CONSTRAINTS ALL IMMEDIATE;"];

    private protected override Task<StrategyProbe> JudgeAsync(ForeignKeyCatalog catalog, RoleRights rights) =>
        Task.FromResult(Judge(catalog, this.graph, Options, rights));

    private protected override async Task StartAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await StartChecksAsync(connection, cancellationToken).ConfigureAwait(false);
        await Sql.ExecuteAsync(connection, "SET CONSTRAINTS ALL DEFERRED", cancellationToken).ConfigureAwait(false);
        foreach (ForeignKey? key in Catalog.BindingKeys.Where(key => key.IsDeferrable))
            Audit.Record(AuditEvents.DeferredEdgeOf(key));
    }
}
