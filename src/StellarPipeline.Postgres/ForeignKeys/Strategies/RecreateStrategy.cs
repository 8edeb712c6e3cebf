using System.Diagnostics;
using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Drops the foreign keys of the loaded tables before the load and adds them again after it, with the same name, clause and comment, all in
/// the load's transaction.
/// </summary>
/// <remarks>
/// Cost: PostgreSQL validates each key with one join (measured 0.17–0.31 µs per child row, over the whole table, not only over what was
/// loaded). Locks: ACCESS EXCLUSIVE on the referencing and the referenced tables (with indexes rebuilt, on every loaded one) from before
/// the load until COMMIT: readers and writers wait for the whole load. Privileges: ownership of the referencing tables, REFERENCES on the
/// referenced ones; SELECT on both lets PostgreSQL validate set-wise instead of row by row. A crash or a failure at any point cannot lose a
/// key, because dropping and adding commit together or not at all. Before COMMIT every key is read back and compared with what was dropped.
/// A NOT VALID key is added again as NOT VALID. PostgreSQL does not check it then, so an anti-join query proves the loaded rows.
/// With <see cref="ForeignKeyOptions.IndexRebuild"/> the indexes of the loaded tables are also dropped and built again, unless other
/// objects depend on them. What can remain wrong: nothing. What changes: the oids of the constraints and the internal names of their
/// triggers.
/// </remarks>
internal sealed class RecreateStrategy : ForeignKeyStrategy
{
    /// <summary>Its name.</summary>
    public const string StrategyName = "recreate";

    private readonly List<DroppedForeignKey> dropped = [];
    private readonly IndexRebuilder indexes;

    /// <summary>Makes the strategy for one load.</summary>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="audit">Receives what is done; null for no audit.</param>
    /// <param name="options">The load's options, including whether indexes are rebuilt; null for the defaults.</param>
    public RecreateStrategy(ForeignKeyCatalog catalog, IAuditSink? audit = null, ForeignKeyOptions? options = null)
        : base(StrategyName, StrategyFactsTable.Recreate, catalog, audit, options) => indexes = new IndexRebuilder(Options, Audit);

    internal static StrategyProbe Judge(ForeignKeyCatalog catalog, ForeignKeyOptions options, RoleRights rights)
    {
        var obstacles = new List<string>();
        var remedies = new List<string>();
        string role = SqlText.Identifier(rights.Role);
        if (options.SharesTables)
            obstacles.Add("Other sessions may write to the tables, and dropping a key locks them out.");
        if (rights.OriginRefusal is { } refusal)
            obstacles.Add(CheckedKeys.NotChecked(rights, refusal));
        foreach (ForeignKey key in catalog.BindingKeys)
        {
            RelationRights referencing = rights[key.ReferencingOid];
            RelationRights referenced = rights[key.ReferencedOid];
            if (!referencing.Owns)
            {
                obstacles.Add(
                    $"Role {rights.Role} does not own {referencing.Name} ({referencing.Owner} does), so it cannot drop foreign key {key}.");
                remedies.Add($"GRANT {SqlText.Identifier(referencing.Owner)} TO {role};");
            }

            if (!referenced.CanReference)
            {
                obstacles.Add($"Role {rights.Role} has no REFERENCES on {referenced.Name}, so it could not add foreign key {key} again.");
                remedies.Add($"GRANT REFERENCES ON {referenced.Name.Quoted} TO {role};");
            }

            if (!referenced.CanUseSchema)
            {
                obstacles.Add(
                    $"Role {rights.Role} may not use the schema of {referenced.Name}, so it could not add foreign key {key} again.");
                remedies.Add($"GRANT USAGE ON SCHEMA {SqlText.Identifier(referenced.Name.Schema)} TO {role};");
            }

            if (!key.IsValidated && !(referencing.CanSelect && referenced.CanSelect))
            {
                obstacles.Add(
                    $"Foreign key {key} is NOT VALID and so proved by reading both tables, and role {rights.Role} has no SELECT on both.");
            }

            if (!key.IsValidated && options.RemovesRows && key.LoadedReferenced.Count > 0)
                obstacles.Add(ForeignKeyProof.NotProvable(key));
            if (key.TriggerState == ForeignKeyTriggerState.Altered)
            {
                obstacles.Add(
                    $"The triggers of foreign key {key} are not in their normal state (DISABLE, ENABLE ALWAYS or ENABLE REPLICA), and "
                        + $"would "
                        +
                        "come back in the normal one.");
            }
        }

        if (options.IndexRebuild == IndexRebuild.Always)
        {
            foreach (RelationRights? table in catalog.Tables.Select(table => rights[table.Oid]).Where(
                table => !table.Owns || !table.CanCreateIndex))
            {
                obstacles.Add(
                    $"Indexes are always to be rebuilt, and role {rights.Role} does not own {table.Name} or may not create in its schema.");
            }
        }

        return new StrategyProbe(StrategyName, [.. obstacles.Distinct()], [], [.. remedies.Distinct()]);
    }

    internal static IReadOnlyList<string> Statements(ForeignKeyCatalog catalog, ForeignKeyOptions options)
    {
        string load =
            options.IndexRebuild == IndexRebuild.Never ? "-- the load" : "-- the load, between dropping indexes and building them again";
        return [.. catalog.BindingKeys.Select(ForeignKeySql.Drop), load, .. catalog.BindingKeys.Select(ForeignKeySql.Add)];
    }

    /// <summary>Tables that are locked against readers, too, by dropping and adding keys and indexes.</summary>
    internal static IEnumerable<CatalogTable> Changed(ForeignKeyCatalog catalog, ForeignKeyOptions options)
    {
        IEnumerable<CatalogTable> loaded = catalog.Tables.Where(
            table => options.IndexRebuild != IndexRebuild.Never || catalog.BindingKeys.Any(key => key.Referenced == table.Name));
        return catalog.BindingKeys.Select(key => new CatalogTable(key.Referencing) { IsPartitioned = key.IsReferencingPartitioned }).Concat(
            loaded);
    }

    private protected override Task<StrategyProbe> JudgeAsync(ForeignKeyCatalog catalog, RoleRights rights) =>
        Task.FromResult(Judge(catalog, Options, rights));

    private protected override async Task StartAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // The keys are read under the lock that dropping them needs anyway, so nobody can change them in between. DDL must not run under
        // session_replication_role = replica, because extensions do not react to it then.
        if (TableLocks.Statement(Changed(Catalog, Options), TableLockMode.AccessExclusive) is { } lockTables)
            await Sql.ExecuteAsync(connection, lockTables, cancellationToken).ConfigureAwait(false);
        await ReplicationSession.TryEnterAsync(connection, Rights!, AreSettingsKnown, Audit, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ForeignKey> keys = [.. Catalog.BindingKeys];
        DroppedForeignKey?[] found = await DroppedForeignKey.ReadAsync(connection, keys, cancellationToken).ConfigureAwait(false);
        foreach ((ForeignKey key, DroppedForeignKey? state) in keys.Zip(found))
        {
            if (state is null || state.Definition != key.Definition)
                ForeignKeyThrow.CatalogChanged(key, state?.Definition);
            this.dropped.Add(state);
        }

        await Sql.ExecuteAllAsync(connection, keys.Select(ForeignKeySql.Drop), cancellationToken).ConfigureAwait(false);
        foreach (ForeignKey key in keys)
            Audit.Record(AuditEvents.DroppedOf(key));
        await indexes.DropAsync(connection, Catalog, Rights!, cancellationToken).ConfigureAwait(false);
        await TryRestoreAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Restores the dropped keys and indexes once and rolls that back, so that a refusal by the server comes before the load and not at its
    /// end. Keys are not checked, and indexes are built only on empty tables.
    /// </summary>
    private async Task TryRestoreAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Savepoint = "load_restore";
        await Sql.ExecuteAsync(connection, $"SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
        IReadOnlySet<QualifiedName> withoutIndexes = await indexes.TryRestoreAsync(connection, cancellationToken).ConfigureAwait(false);

        // A key of a partitioned table cannot be added without checking its rows, and no key without the unique index that it refers to.
        IEnumerable<DroppedForeignKey> tried = this.dropped.Where(
            dropped => !dropped.Key.IsReferencingPartitioned && !withoutIndexes.Contains(dropped.Key.Referenced));
        await Sql.ExecuteAllAsync(
            connection, tried.Select(key => ForeignKeyRestorer.AddStatement(key) + (key.Key.IsValidated ? " NOT VALID" : "")),
            cancellationToken).ConfigureAwait(false);
        await Sql.ExecuteAsync(connection, $"ROLLBACK TO SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
        await Sql.ExecuteAsync(connection, $"RELEASE SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
    }

    private protected override async Task FinishAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // The server refuses ALTER TABLE while a check of the table is queued, such as that of a deferred unique constraint.
        await ReplicationSession.RequireCheckingAsync(connection, cancellationToken).ConfigureAwait(false);
        await DeferredChecks.RunNowAsync(connection, Catalog, Audit, cancellationToken).ConfigureAwait(false);
        await indexes.RestoreAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (DroppedForeignKey dropped in this.dropped)
        {
            long started = Stopwatch.GetTimestamp();
            await ForeignKeyRestorer.AddAsync(connection, dropped, Audit, cancellationToken).ConfigureAwait(false);
            Audit.Record(AuditEvents.RestoredOf(dropped.Key, Stopwatch.GetElapsedTime(started)));
        }

        await ForeignKeyRestorer.CompareAsync(connection, dropped, cancellationToken).ConfigureAwait(false);

        // PostgreSQL has validated every key except those that are NOT VALID.
        IEnumerable<ForeignKey> unproved = Catalog.BindingKeys.Where(key => Options.ProveAlways || !key.IsValidated);
        await ForeignKeyProof.ProveAllAsync(connection, Catalog, unproved, Audit, cancellationToken).ConfigureAwait(false);
    }
}
