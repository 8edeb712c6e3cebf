using Npgsql;

namespace Pipeline.Postgres.ForeignKeys;

/// <summary>Postpones the checks of deferrable foreign keys to the end of the transaction with <c>SET CONSTRAINTS ALL DEFERRED</c>.</summary>
/// <remarks>
/// Cost: PostgreSQL queues one event per child row and key in the backend's memory (measured 12 MB per million rows, never spilled) and then checks row by row
/// (measured 4.3 µs per row): slow, and memory grows with the load.
/// Locks: none beyond those of the COPY itself; each check locks its parent row FOR KEY SHARE. Privileges: none beyond INSERT.
/// Needs: every key that rows can violate on the way must be DEFERRABLE: all keys between loaded tables, or, where the sink writes parents first, those that break the cycles.
/// What can remain wrong: nothing.
/// </remarks>
public sealed class DeferredStrategy : IForeignKeyStrategy
{
    /// <summary>Its name.</summary>
    public const string StrategyName = "deferred";

    private readonly ForeignKeyCatalog _catalog;
    private readonly ForeignKeyGraph _graph;
    private readonly ForeignKeyOptions _options;
    private readonly IAuditSink _audit;
    private readonly LoadBinding _binding = new(StrategyName);

    /// <summary>Makes the strategy for one load.</summary>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="audit">Takes what is done; null for nowhere.</param>
    /// <param name="options">What the load promises; null for the defaults.</param>
    public DeferredStrategy(ForeignKeyCatalog catalog, IAuditSink? audit = null, ForeignKeyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        _catalog = catalog;
        _options = options ?? new ForeignKeyOptions();
        _graph = new ForeignKeyGraph(catalog, _options.ExpectedRows);
        _audit = audit ?? NullAuditSink.Instance;
    }

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public StrategyFacts Facts => StrategyFactsTable.Deferred;

    /// <inheritdoc/>
    public Task<StrategyProbe> ProbeAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default) => Task.FromResult(Judge(_catalog, _graph, _options));

    /// <inheritdoc/>
    public async Task BeforeLoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        await _binding.BindAsync(connection, cancellationToken).ConfigureAwait(false);
        var probe = Judge(_catalog, _graph, _options);
        if (!probe.IsPossible)
            ForeignKeyThrow.StrategyImpossible(probe);
        await Sql.ExecuteAsync(connection, "SET CONSTRAINTS ALL DEFERRED", cancellationToken).ConfigureAwait(false);
        foreach (var key in _catalog.BindingKeys.Where(key => key.IsDeferrable))
            _audit.Record(AuditEvents.DeferredEdgeOf(key));
    }

    /// <inheritdoc/>
    public Task BeforeBatchAsync(NpgsqlConnection connection, QualifiedName table, CancellationToken cancellationToken = default)
    {
        _binding.RequireSameConnection(connection);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task AfterLoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        await _binding.EndAsync(connection, cancellationToken).ConfigureAwait(false);
        await DeferredChecks.RunNowAsync(connection, _catalog, _audit, cancellationToken).ConfigureAwait(false);
        if (_options.ProveAlways)
            await ForeignKeyProof.ProveAllAsync(connection, _catalog, _audit, cancellationToken).ConfigureAwait(false);
    }

    internal static StrategyProbe Judge(ForeignKeyCatalog catalog, ForeignKeyGraph graph, ForeignKeyOptions options)
    {
        var violated = options.WritesParentsFirst ? graph.DeferredKeys : graph.Edges.Select(edge => edge.Key).Distinct();
        var immediate = violated.Where(key => !key.IsDeferrable).ToList();
        string why = options.WritesParentsFirst ? "and no order of writing satisfies it, because its tables refer to each other in a circle" : "and rows may come before the rows that they refer to";
        return new StrategyProbe(
            StrategyName,
            [.. immediate.Select(key => $"Foreign key {key} is not DEFERRABLE, {why}.")],
            [.. DeferredChecks.Cautions(catalog)],
            [.. immediate.Select(ForeignKeySql.MakeDeferrable)]);
    }

    internal static IReadOnlyList<string> Statements() => ["SET CONSTRAINTS ALL DEFERRED;", "-- the load", "SET CONSTRAINTS ALL IMMEDIATE;"];
}
