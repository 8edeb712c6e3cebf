using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys;

/// <summary>Silences the foreign keys' triggers with <c>session_replication_role = replica</c> for one transaction, then proves every key itself.</summary>
/// <remarks>
/// Cost: the proof, one anti-join per key (measured 0.1 µs per child row), and no per-row trigger at all: the cheapest strategy.
/// Locks: SHARE ROW EXCLUSIVE on every referenced table until COMMIT, taken before the first row. Without it somebody could delete a referenced row between
/// proof and COMMIT: their
/// check does not see our uncommitted rows, and ours does not fire. Readers go on.
/// Privileges: SET on <c>session_replication_role</c> (superuser, or GRANT SET ON PARAMETER from PostgreSQL 15), SELECT on both ends of each key, a right to
/// lock the referenced tables.
/// What can remain wrong: nothing that a foreign key says; but what the silenced triggers of the loaded tables would have done is not done.
/// A load that also removes or updates referenced rows silences the checks of the tables that refer to them: their keys are then proved too, whole.
/// Isolation must be READ COMMITTED: a longer-lived snapshot would not see a referenced row disappear before the lock.
/// </remarks>
public sealed class ReplicaStrategy : ForeignKeyStrategy
{
    /// <summary>Its name.</summary>
    public const string StrategyName = "replica";

    private const string Parameter = "session_replication_role";
    private string _valueBefore = "origin";

    /// <summary>Makes the strategy for one load.</summary>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="audit">Takes what is done; null for nowhere.</param>
    /// <param name="options">What the load promises; null for the defaults.</param>
    public ReplicaStrategy(ForeignKeyCatalog catalog, IAuditSink? audit = null, ForeignKeyOptions? options = null)
        : base(StrategyName, StrategyFactsTable.Replica, catalog, audit, options)
    {
    }

    internal static StrategyProbe Judge(ForeignKeyCatalog catalog, ForeignKeyOptions options, RoleRights rights)
    {
        var obstacles = new List<string>();
        var remedies = new List<string>();
        if (rights.ReplicationRoleRefusal is { } refusal)
        {
            obstacles.Add($"Role {rights.Role} may not set {Parameter}: {refusal}.");
            if (catalog.ServerMajorVersion >= 15)
                remedies.Add($"GRANT SET ON PARAMETER {Parameter} TO {SqlText.Identifier(rights.Role)};");
        }

        foreach (var key in options.RemovesRows ? catalog.BindingKeys.Concat(catalog.WatchingKeys) : catalog.BindingKeys)
            JudgeKey(key, options, rights, obstacles, remedies);
        foreach (var constraint in catalog.DeferrableConstraints)
            obstacles.Add($"The check of {constraint} is a trigger too: replica would silence it, and duplicates could remain under a constraint that " +
                "claims to hold.");

        var cautions = new List<string>();
        foreach (var trigger in catalog.Triggers.Where(trigger => FiresInLoad(trigger, options)))
        {
            if (trigger.IsSilencedByReplica)
                cautions.Add($"While loading, {trigger} does not fire.");
            if (trigger.IsAwakenedByReplica)
                cautions.Add($"While loading, {trigger}, which is silent otherwise, fires.");
        }

        return new StrategyProbe(StrategyName, [.. obstacles.Distinct()], cautions, [.. remedies.Distinct()]);
    }

    internal static IReadOnlyList<string> Statements(ForeignKeyCatalog catalog) =>
    [
        .. LockStatement(catalog) is { } lockTables ? [lockTables + ";"] : Array.Empty<string>(),
        $"SET LOCAL {Parameter} = replica;",
        "-- the load",
        $"SET LOCAL {Parameter} = origin;",
        .. ForeignKeyProof.Statements(catalog),
    ];

    private static bool FiresInLoad(CatalogTrigger trigger, ForeignKeyOptions options) =>
        trigger.FiresOnInsert || (trigger.FiresOnUpdate && options.UpdatesRows) || (trigger.FiresOnRemoval && options.RemovesRows);

    private static void JudgeKey(ForeignKey key, ForeignKeyOptions options, RoleRights rights, List<string> obstacles, List<string> remedies)
    {
        var referencing = rights[key.ReferencingOid];
        var referenced = rights[key.ReferencedOid];
        if (key.IsTemporal)
            obstacles.Add($"Foreign key {key} compares periods, which the proof cannot do.");
        if (!key.IsValidated && options.RemovesRows && key.LoadedReferenced.Count > 0)
            obstacles.Add(ForeignKeyProof.NotProvable(key));
        if (key.TriggerState == ForeignKeyTriggerState.Altered)
            obstacles.Add($"The triggers of foreign key {key} are not in their normal state (DISABLE, ENABLE ALWAYS or ENABLE REPLICA), so replica would " +
                "not do what it says.");
        foreach (var end in new[] { referencing, referenced }.Distinct())
        {
            if (!end.CanSelect)
            {
                obstacles.Add($"The proof of foreign key {key} reads {end.Name}, and role {rights.Role} has no SELECT on it.");
                remedies.Add($"GRANT SELECT ON {end.Name.Quoted} TO {SqlText.Identifier(rights.Role)};");
            }

            if (!end.CanUseSchema)
            {
                obstacles.Add($"The proof of foreign key {key} reads {end.Name}, and role {rights.Role} may not use its schema.");
                remedies.Add($"GRANT USAGE ON SCHEMA {SqlText.Identifier(end.Name.Schema)} TO {SqlText.Identifier(rights.Role)};");
            }

            if (end.IsRowSecurityActive)
                obstacles.Add($"The proof of foreign key {key} must see every row of {end.Name}, and row security hides some from role {rights.Role}.");
        }

        if (!referenced.CanLock)
        {
            obstacles.Add($"Role {rights.Role} may not lock {referenced.Name} against writers, so a referenced row could disappear between proof and COMMIT.");
            remedies.Add($"GRANT UPDATE ON {referenced.Name.Quoted} TO {SqlText.Identifier(rights.Role)};");
        }
    }

    private static string? LockStatement(ForeignKeyCatalog catalog)
    {
        // By name, so that two loads at once wait for each other instead of dead-locking. LOCK TABLE reaches partitions unless ONLY is said.
        var names = catalog.BindingKeys.Select(key => (key.Referenced, key.IsReferencedPartitioned)).Distinct().OrderBy(pair => pair.Referenced);
        string list = string.Join(", ", names.Select(pair => (pair.IsReferencedPartitioned ? "" : "ONLY ") + pair.Referenced.Quoted));
        return list.Length == 0 ? null : $"LOCK TABLE {list} IN SHARE ROW EXCLUSIVE MODE";
    }

    private protected override async Task<StrategyProbe> JudgeAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Judge(Catalog, Options, await RoleRights.ReadAsync(connection, Catalog, cancellationToken).ConfigureAwait(false));

    private protected override async Task StartAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string isolation = await Sql.ShowAsync(connection, "transaction_isolation", cancellationToken).ConfigureAwait(false);
        if (isolation != "read committed")
            ForeignKeyThrow.WrongIsolation(isolation);
        if (LockStatement(Catalog) is { } lockTables)
            await Sql.ExecuteAsync(connection, lockTables, cancellationToken).ConfigureAwait(false);
        _valueBefore = await Sql.ShowAsync(connection, Parameter, cancellationToken).ConfigureAwait(false);
        await Sql.SetLocalAsync(connection, Parameter, "replica", cancellationToken).ConfigureAwait(false);
        await RequireReplicaAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private protected override async Task FinishAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await RequireReplicaAsync(connection, cancellationToken).ConfigureAwait(false);
        await Sql.SetLocalAsync(connection, Parameter, _valueBefore, cancellationToken).ConfigureAwait(false);
        bool removed = Options.RemovesRows || await RowRemoval.MayHaveHappenedAsync(connection, Catalog, cancellationToken).ConfigureAwait(false);
        var keys = removed ? Catalog.BindingKeys.Concat(Catalog.WatchingKeys).Select(ForeignKeyProof.ForAllRows) : Catalog.BindingKeys;
        await ForeignKeyProof.ProveAllAsync(connection, Catalog, keys, Audit, cancellationToken).ConfigureAwait(false);
    }

    private async Task RequireReplicaAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string value = await Sql.ShowAsync(connection, Parameter, cancellationToken).ConfigureAwait(false);
        Audit.Record(AuditEvents.SettingOf(Parameter, "replica", value));
        if (value != "replica")
            ForeignKeyThrow.SettingLost(Parameter, "replica", value);
    }
}
