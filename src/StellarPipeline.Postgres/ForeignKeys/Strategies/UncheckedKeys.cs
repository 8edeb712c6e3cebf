using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// For keys that PostgreSQL does not check while a load runs: the requirements of the proof, the lock that keeps it valid, and the proof.
/// </summary>
/// <remarks>
/// The lock comes first: SHARE ROW EXCLUSIVE on every loaded table, so that no session adds a key that would not be proved, and on every
/// referenced table, so that no session deletes a referenced row between the proof and COMMIT: the check of that session does not see the
/// load's uncommitted rows, and the load's own check does not fire. Readers continue.
/// </remarks>
internal static class UncheckedKeys
{
    /// <summary>Lists the obstacles to proving keys as this role.</summary>
    public static void Judge(
        IEnumerable<ForeignKey> keys, ForeignKeyCatalog catalog, ForeignKeyOptions options, RoleRights rights, List<string> obstacles,
        List<string> remedies)
    {
        if (options.SharesTables)
            obstacles.Add("Other sessions may write to the tables, so that a referenced row could disappear between proof and COMMIT.");
        foreach (ForeignKey key in keys)
            JudgeKey(key, options, rights, obstacles, remedies);
        foreach (RelationRights? table in catalog.Tables.Select(table => rights[table.Oid]))
            JudgeLock(table, rights, "so a foreign key could be added that nobody proves", obstacles, remedies);
        foreach (CatalogConstraint constraint in catalog.DeferrableConstraints)
        {
            obstacles.Add(
                $"The check of {constraint} is a trigger too: it would not fire, and duplicates could remain in spite of the "
                    + $"constraint.");
        }
    }

    /// <summary>The statement that locks the tables; null if there is nothing to lock.</summary>
    public static string? LockStatement(ForeignKeyCatalog catalog) =>
        TableLocks.Statement(catalog.Tables.Concat(Referenced(catalog)), TableLockMode.ShareRowExclusive);

    /// <summary>The tables outside the load that its keys refer to.</summary>
    public static IEnumerable<CatalogTable> ReferencedOutside(ForeignKeyCatalog catalog) =>
        Referenced(catalog).ExceptBy(catalog.Tables.Select(table => table.Name), table => table.Name);

    /// <summary>
    /// Acquires the lock and reads the catalogue again under it. Keys that were added since the plan are proved like the others.
    /// </summary>
    public static async Task<ForeignKeyCatalog> LockAsync(
        NpgsqlConnection connection, ForeignKeyCatalog planned, CancellationToken cancellationToken)
    {
        // READ COMMITTED: each statement sees what was committed before it. An older snapshot could miss the removal of a referenced row
        // before the lock.
        string isolation = await Sql.ShowAsync(connection, "transaction_isolation", cancellationToken).ConfigureAwait(false);
        if (isolation != "read committed")
            ForeignKeyThrow.WrongIsolation(isolation);
        ForeignKeyCatalog catalog = planned;
        while (true)
        {
            string? statement = LockStatement(catalog);
            if (statement is not null)
                await Sql.ExecuteAsync(connection, statement, cancellationToken).ConfigureAwait(false);
            ForeignKeyCatalog now = await ReadAgainAsync(connection, planned, cancellationToken).ConfigureAwait(false);
            if (LockStatement(now) == statement)
                return now;
            catalog = now;
        }
    }

    /// <summary>Proves every existing key, including keys that were added since the plan.</summary>
    /// <param name="connection">The load's connection.</param>
    /// <param name="planned">The catalogue of the load's tables.</param>
    /// <param name="options">The load's options.</param>
    /// <param name="audit">Receives the proofs.</param>
    /// <param name="cancellationToken">Stops the proof.</param>
    public static async Task ProveAsync(
        NpgsqlConnection connection, ForeignKeyCatalog planned, ForeignKeyOptions options, IAuditSink audit,
        CancellationToken cancellationToken)
    {
        ForeignKeyCatalog catalog = await ReadAgainAsync(connection, planned, cancellationToken).ConfigureAwait(false);
        bool removed =
            options.RemovesRows || await RowRemoval.MayHaveHappenedAsync(connection, catalog, cancellationToken).ConfigureAwait(false);
        IEnumerable<ForeignKey> keys =
            removed ? catalog.BindingKeys.Concat(catalog.WatchingKeys).Select(ForeignKeyProof.ForAllRows) : catalog.BindingKeys;
        await ForeignKeyProof.ProveAllAsync(connection, catalog, keys, audit, cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<CatalogTable> Referenced(ForeignKeyCatalog catalog) =>
        catalog.BindingKeys.Select(key => new CatalogTable(key.Referenced) { IsPartitioned = key.IsReferencedPartitioned });

    private static Task<ForeignKeyCatalog> ReadAgainAsync(
        NpgsqlConnection connection, ForeignKeyCatalog planned, CancellationToken cancellationToken) =>
            ForeignKeyCatalogReader.ReadAsync(connection, [.. planned.Tables.Select(table => table.Name.Quoted)], cancellationToken);

    private static void JudgeKey(
        ForeignKey key, ForeignKeyOptions options, RoleRights rights, List<string> obstacles, List<string> remedies)
    {
        RelationRights referencing = rights[key.ReferencingOid];
        RelationRights referenced = rights[key.ReferencedOid];
        if (key.IsTemporal)
            obstacles.Add($"Foreign key {key} compares periods, which the proof cannot check.");
        if (!key.IsValidated && options.RemovesRows && key.LoadedReferenced.Count > 0)
            obstacles.Add(ForeignKeyProof.NotProvable(key));
        foreach (RelationRights? end in new[] { referencing, referenced }.Distinct())
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
            {
                obstacles.Add(
                    $"The proof of foreign key {key} must see every row of {end.Name}, and row security hides some from role "
                        + $"{rights.Role}.");
            }
        }

        JudgeLock(referenced, rights, "so a referenced row could disappear between proof and COMMIT", obstacles, remedies);
    }

    private static void JudgeLock(
        RelationRights table, RoleRights rights, string consequence, List<string> obstacles, List<string> remedies)
    {
        if (table.CanLock)
            return;
        string obstacle = $"Role {rights.Role} may not lock {table.Name} against writers, ";
        if (obstacles.Exists(known => known.StartsWith(obstacle, StringComparison.Ordinal)))
            return;
        obstacles.Add(obstacle + consequence + ".");
        remedies.Add($"GRANT UPDATE ON {table.Name.Quoted} TO {SqlText.Identifier(rights.Role)};");
    }
}
