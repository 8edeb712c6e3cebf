using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>The plan of one load together with the strategy that carries it out: what a sink needs.</summary>
/// <remarks>
/// Use: <see cref="PrepareAsync"/>, then inside one open transaction <c>Strategy.BeforeLoadAsync</c>, the batches with
/// <c>Strategy.BeforeBatchAsync</c> before each, <c>Strategy.AfterLoadAsync</c>, COMMIT. One connection and one transaction per load; not
/// thread-safe.
/// </remarks>
public sealed class ForeignKeyLoad
{
    private ForeignKeyLoad(ForeignKeyPlan plan, IForeignKeyStrategy strategy)
    {
        Plan = plan;
        Strategy = strategy;
    }

    /// <summary>The plan.</summary>
    public ForeignKeyPlan Plan { get; }

    /// <summary>The chosen strategy, not yet started.</summary>
    public IForeignKeyStrategy Strategy { get; }

    /// <summary>
    /// Reads the catalogue and the role's privileges and makes the plan, even if the load is not possible. Changes nothing.
    /// </summary>
    /// <param name="connection">Open connection of the role that will load, in a transaction or not.</param>
    /// <param name="tables">Tables to load, as SQL writes them.</param>
    /// <param name="options">What the load asks for and promises; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the planning.</param>
    /// <exception cref="ForeignKeyException">A table does not exist or cannot store rows, or the server is too old.</exception>
    public static async Task<ForeignKeyPlan> PlanAsync(
        NpgsqlConnection connection, IEnumerable<string> tables, ForeignKeyOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, tables, cancellationToken).ConfigureAwait(false);
        return await PlanAsync(connection, catalog, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the plan for a catalogue that was read before. Changes nothing.</summary>
    /// <param name="connection">Open connection of the role that will load, in a transaction or not.</param>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="options">What the load asks for and promises; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the planning.</param>
    public static async Task<ForeignKeyPlan> PlanAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, ForeignKeyOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        RoleRights rights = await RoleRights.ReadAsync(connection, catalog, cancellationToken).ConfigureAwait(false);
        return ForeignKeyPlanner.Plan(catalog, rights, options);
    }

    /// <summary>
    /// Makes and records the plan and creates the chosen strategy. Refuses the load if no strategy is possible, before anything is written.
    /// </summary>
    /// <param name="connection">Open connection of the role that will load, in a transaction or not.</param>
    /// <param name="tables">Tables to load, as SQL writes them.</param>
    /// <param name="options">What the load asks for and promises; null for the defaults.</param>
    /// <param name="audit">Takes the plan and everything the strategy does; null for nowhere.</param>
    /// <param name="cancellationToken">Stops the planning.</param>
    /// <exception cref="ForeignKeyException">The load is refused; the message holds the reasons and the SQL that would make it
    /// possible.</exception>
    public static async Task<ForeignKeyLoad> PrepareAsync(
        NpgsqlConnection connection,
        IEnumerable<string> tables,
        ForeignKeyOptions? options = null,
        IAuditSink? audit = null,
        CancellationToken cancellationToken = default)
    {
        return Prepare(await PlanAsync(connection, tables, options, cancellationToken).ConfigureAwait(false), audit);
    }

    /// <summary>Records an existing plan and creates its strategy. Refuses the load if no strategy is possible.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="audit">Takes the plan and everything the strategy does; null for nowhere.</param>
    /// <exception cref="ForeignKeyException">The load is refused; the message holds the reasons and the SQL that would make it
    /// possible.</exception>
    public static ForeignKeyLoad Prepare(ForeignKeyPlan plan, IAuditSink? audit = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        audit ??= NullAuditSink.Instance;
        foreach (AuditEvent auditEvent in AuditEvents.OfPlan(plan))
            audit.Record(auditEvent);
        if (plan.IsRefused)
            ForeignKeyThrow.PlanRefused(plan);
        return new ForeignKeyLoad(plan, StrategyOf(plan, audit));
    }

    private static IForeignKeyStrategy StrategyOf(ForeignKeyPlan plan, IAuditSink audit) => plan.Chosen!.Name switch
    {
        ReplicaStrategy.StrategyName => new ReplicaStrategy(plan.Catalog, audit, plan.Options),
        RecreateStrategy.StrategyName => new RecreateStrategy(plan.Catalog, audit, plan.Options),
        OrderedStrategy.StrategyName => new OrderedStrategy(plan.Catalog, audit, plan.Options),
        _ => new DeferredStrategy(plan.Catalog, audit, plan.Options),
    };
}
