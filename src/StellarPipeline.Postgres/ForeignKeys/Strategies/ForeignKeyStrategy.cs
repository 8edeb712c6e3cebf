using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// What all strategies have in common: they bind to one transaction, refuse a load before its first byte, and make sure that a failed load
/// cannot be committed.
/// </summary>
internal abstract class ForeignKeyStrategy : IForeignKeyStrategy
{
    private readonly LoadBinding binding;

    private protected ForeignKeyStrategy(
        string name, StrategyFacts facts, ForeignKeyCatalog catalog, IAuditSink? audit, ForeignKeyOptions? options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        Name = name;
        Facts = facts;
        Catalog = catalog;
        Audit = audit ?? NullAuditSink.Instance;
        Options = options ?? new ForeignKeyOptions();
        binding = new LoadBinding(name);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public StrategyFacts Facts { get; }

    /// <summary>The load's catalogue: as planned, or as it was read again under the load's locks.</summary>
    private protected ForeignKeyCatalog Catalog { get; private set; }

    private protected IAuditSink Audit { get; }

    private protected ForeignKeyOptions Options { get; }

    /// <inheritdoc/>
    public Task<StrategyProbe> ProbeAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return ReadAndJudgeAsync(connection, Catalog, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task BeforeLoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        try
        {
            await binding.BindAsync(connection, cancellationToken).ConfigureAwait(false);
            StrategyProbe probe = await ReadAndJudgeAsync(connection, Catalog, cancellationToken).ConfigureAwait(false);
            if (!probe.IsPossible)
                ForeignKeyThrow.StrategyImpossible(probe);
            foreach (string caution in probe.Cautions)
                Audit.Record(AuditEvents.WarningOf(caution));
        }
        catch (NpgsqlException error)
        {
            ForeignKeyThrow.ServerFailed($"Starting foreign-key strategy {Name}", error);
        }

        await GuardAsync("Starting", StartAsync, connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Prepares the transaction if the catalogue and the privileges are unchanged since the plan and the loaded tables are locked. Nothing
    /// is read again.
    /// </summary>
    /// <param name="load">The transaction, READ COMMITTED.</param>
    /// <param name="rights">The role's privileges, as planned.</param>
    /// <param name="areSettingsKnown">Whether only this library has run statements in the transaction since the settings were confirmed
    /// under the locks.</param>
    /// <param name="cancellationToken">Stops the work; the transaction must then be rolled back.</param>
    internal async Task BeforeConfirmedLoadAsync(
        LoadTransaction load, RoleRights rights, bool areSettingsKnown, CancellationToken cancellationToken)
    {
        binding.Bind(load.Connection, load.TransactionId);
        Rights = rights;
        IsConfirmed = true;
        AreSettingsKnown = areSettingsKnown;
        Load = load;
        foreach (string caution in (await JudgeAsync(Catalog, rights).ConfigureAwait(false)).Cautions)
            Audit.Record(AuditEvents.WarningOf(caution));
        await GuardAsync("Starting", StartAsync, load.Connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether the catalogue is valid until the end of the transaction, because it was read under locks on the loaded tables and on the
    /// other tables that a strategy needs unchanged.
    /// </summary>
    private protected bool IsConfirmed { get; private set; }

    /// <summary>Whether the session still has the settings that <see cref="Rights"/> contains.</summary>
    private protected bool AreSettingsKnown { get; private set; }

    /// <summary>The load's transaction, if this library has opened it and the plan was confirmed in it.</summary>
    private protected LoadTransaction? Load { get; private set; }

    /// <summary>Whether the keys are checked with one <see cref="LoadTransaction.NewBatch"/>, unless a check fails.</summary>
    internal virtual bool FinishesInOneBatch => false;

    /// <summary>The transaction that the strategy was started in, by its id. No later call is possible after it.</summary>
    private protected ulong EndBinding(NpgsqlConnection connection) => binding.End(connection);

    /// <inheritdoc/>
    public Task BeforeBatchAsync(NpgsqlConnection connection, QualifiedName table, CancellationToken cancellationToken = default)
    {
        binding.RequireSameConnection(connection);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task AfterLoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        binding.RequireSameConnection(connection);
        await GuardAsync("Finishing", EndAndFinishAsync, connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The role's privileges when the strategy was last evaluated.</summary>
    private protected RoleRights? Rights { get; private set; }

    private protected abstract Task<StrategyProbe> JudgeAsync(ForeignKeyCatalog catalog, RoleRights rights);

    /// <summary>
    /// Takes over a catalogue that was read under the load's locks and differs from the plan. Refuses the load if the strategy cannot be
    /// used with it.
    /// </summary>
    private protected async Task AdoptAsync(NpgsqlConnection connection, ForeignKeyCatalog locked, CancellationToken cancellationToken)
    {
        if (locked.Keys.Select(key => (key.Oid, key.Definition)).SequenceEqual(Catalog.Keys.Select(key => (key.Oid, key.Definition))))
            return;
        StrategyProbe probe = await ReadAndJudgeAsync(connection, locked, cancellationToken).ConfigureAwait(false);
        if (!probe.IsPossible)
            ForeignKeyThrow.StrategyImpossible(probe);
        Audit.Record(AuditEvents.WarningOf("The foreign keys were changed after the load was planned: those that exist now are used."));
        Catalog = locked;
    }

    private protected abstract Task StartAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    private protected abstract Task FinishAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    private async Task<StrategyProbe> ReadAndJudgeAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, CancellationToken cancellationToken)
    {
        Rights = await RoleRights.ReadAsync(connection, catalog, cancellationToken).ConfigureAwait(false);
        return await JudgeAsync(catalog, Rights).ConfigureAwait(false);
    }

    private protected virtual async Task EndAndFinishAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await binding.EndAsync(connection, cancellationToken).ConfigureAwait(false);
        await FinishAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private async Task GuardAsync(
        string doing, Func<NpgsqlConnection, CancellationToken, Task> work, NpgsqlConnection connection,
        CancellationToken cancellationToken)
    {
        try
        {
            await work(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await TransactionPoison.ApplyAsync(connection).ConfigureAwait(false);
            if (error is NpgsqlException)
                ForeignKeyThrow.ServerFailed($"{doing} foreign-key strategy {Name}", error);
            throw;
        }
    }
}
