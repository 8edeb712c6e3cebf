using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>Lets PostgreSQL check every batch immediately, because the sink writes the parents of a batch before the batch.</summary>
/// <remarks>
/// What the sink must do: (1) before a batch of table T, write the pending rows of <see cref="ForeignKeyPlan.TablesBefore"/> of T, in that
/// order; if a child refers to a parent that has not arrived yet, write the parent as a row with its key and the known columns; (2) send
/// rows of one table that refer to each other in one batch, unless the key is among <see cref="ForeignKeyGraph.DeferredKeys"/>; (3) after
/// the last row, write the pending rows in <see cref="ForeignKeyGraph.LoadOrder"/> and update the parents that were written incomplete.
/// If a sink breaks these rules, PostgreSQL refuses the batch; the table is never wrong.
/// Cost: one lookup per child row and key at the end of each COPY (measured 4.3 µs). Checks are queued for one batch only, so memory does
/// not grow with the load. Locks: none beyond the COPY's own; each check locks its parent row FOR KEY SHARE. Privileges: none beyond INSERT
/// (and UPDATE for the final flush). Keys that break a cycle are deferred and so must be DEFERRABLE; keys that are initially deferred are
/// checked immediately, to limit memory. Needs <c>session_replication_role</c> origin or local. If the role may not set it, every key is
/// proved by an anti-join, or the load is refused. What can remain wrong: nothing.
/// </remarks>
internal sealed class OrderedStrategy : CheckedStrategy
{
    /// <summary>Its name.</summary>
    public const string StrategyName = "ordered";

    private readonly ForeignKeyGraph graph;

    /// <summary>Makes the strategy for one load.</summary>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="audit">Receives what is done; null for no audit.</param>
    /// <param name="options">The load's options; null for the defaults.</param>
    public OrderedStrategy(ForeignKeyCatalog catalog, IAuditSink? audit = null, ForeignKeyOptions? options = null)
        : base(StrategyName, StrategyFactsTable.Ordered, catalog, audit, options)
    {
        this.graph = new ForeignKeyGraph(catalog, Options.ExpectedRows);
    }

    internal static StrategyProbe Judge(ForeignKeyCatalog catalog, ForeignKeyGraph graph, ForeignKeyOptions options, RoleRights rights)
    {
        var immediate = graph.DeferredKeys.Where(key => !key.IsDeferrable).ToList();
        var cautions = DeferredChecks.Cautions(catalog).ToList();
        if (graph.Edges.Count > 0 && !options.WritesParentsFirst)
        {
            cautions.Insert(
                0,
                "The caller does not promise to write parents before children, so PostgreSQL may refuse a batch in the middle of the "
                    + "load.");
        }

        var probe = new StrategyProbe(
            StrategyName,
            [.. immediate.Select(
                key => $"Foreign key {key} is not DEFERRABLE, and no order of writing satisfies it, because its tables refer to each " +
                    "other in a circle.")],
            cautions,
            [.. immediate.Select(ForeignKeySql.MakeDeferrable)]);
        return CheckedKeys.With(probe, catalog, options, rights);
    }

    internal static IReadOnlyList<string> Statements(ForeignKeyCatalog catalog, ForeignKeyGraph graph) =>
    [
        .. graph.DeferredKeys.Count > 0 ? [DeferStatement(graph) + ";"] : Array.Empty<string>(),
        .. ImmediateStatement(catalog, graph) is { } immediate ? [immediate + ";"] : Array.Empty<string>(),
        "-- the load, parents first: " + string.Join(", ", graph.LoadOrder),
        "SET CONSTRAINTS ALL IMMEDIATE;",
    ];

    private protected override Task<StrategyProbe> JudgeAsync(ForeignKeyCatalog catalog, RoleRights rights) =>
        Task.FromResult(Judge(catalog, this.graph, Options, rights));

    private protected override async Task StartAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await StartChecksAsync(connection, cancellationToken).ConfigureAwait(false);
        if (this.graph.DeferredKeys.Count > 0)
        {
            bool shared = await SharesNameWithImmediateConstraintAsync(connection, cancellationToken).ConfigureAwait(false);
            await Sql.ExecuteAsync(connection, shared ? "SET CONSTRAINTS ALL DEFERRED" : DeferStatement(this.graph), cancellationToken)
                .ConfigureAwait(false);
        }

        if (ImmediateStatement(Catalog, this.graph) is { } immediate)
            await Sql.ExecuteAsync(connection, immediate, cancellationToken).ConfigureAwait(false);
        foreach (ForeignKey key in this.graph.DeferredKeys)
            Audit.Record(AuditEvents.DeferredEdgeOf(key));
    }

    private static string DeferStatement(ForeignKeyGraph graph) => $"SET CONSTRAINTS {Names(graph.DeferredKeys)} DEFERRED";

    private static string? ImmediateStatement(ForeignKeyCatalog catalog, ForeignKeyGraph graph)
    {
        // SET CONSTRAINTS affects every constraint with that name in the schema, so a key with the same name as a deferred one stays
        // deferred, too.
        var deferredNames = graph.DeferredKeys.Select(key => (key.Referencing.Schema, key.Name)).ToHashSet();
        var keys =
            catalog.BindingKeys.Where(key => key.IsDeferrable && !deferredNames.Contains((key.Referencing.Schema, key.Name))).ToList();
        return keys.Count == 0 ? null : $"SET CONSTRAINTS {Names(keys)} IMMEDIATE";
    }

    private static string Names(IEnumerable<ForeignKey> keys) =>
        string.Join(", ", keys.Select(key => new QualifiedName(key.Referencing.Schema, key.Name).Quoted).Distinct());

    private Task<bool> SharesNameWithImmediateConstraintAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // SET CONSTRAINTS name DEFERRED fails if any constraint of that name in the schema is not deferrable, even one of another table.
        const string Query = """
            SELECT EXISTS (
              SELECT FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS d(schema, name)
              JOIN pg_catalog.pg_namespace ns ON ns.nspname = d.schema
              JOIN pg_catalog.pg_constraint con ON con.connamespace = ns.oid AND con.conname = d.name
              WHERE NOT con.condeferrable)
            """;
        string[] schemas = [.. this.graph.DeferredKeys.Select(key => key.Referencing.Schema)];
        string[] names = [.. this.graph.DeferredKeys.Select(key => key.Name)];
        return Sql.ScalarAsync<bool>(connection, Query, cancellationToken, schemas, names);
    }
}
