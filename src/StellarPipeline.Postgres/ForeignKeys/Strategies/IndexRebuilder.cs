using System.Diagnostics;
using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Drops indexes before the load and builds them again after it, in the load's transaction: one sort instead of one search per row.
/// </summary>
/// <remarks>
/// Lock: ACCESS EXCLUSIVE on the table until COMMIT. Needs ownership of the table and CREATE on its schema. A duplicate is found only when
/// a unique index is built again, so the error cannot name the batch.
/// Indexes on which other objects depend, and indexes of partitioned tables and partitions, are not dropped. Before COMMIT the indexes are
/// read back and compared with the original ones.
/// </remarks>
internal sealed class IndexRebuilder(ForeignKeyOptions options, IAuditSink audit)
{
    private readonly List<(CatalogTable Table, List<DroppedIndex> Before, List<DroppedIndex> Dropped)> tables = [];

    /// <summary>
    /// Drops the indexes that can be dropped and whose rebuild saves time. The foreign keys of the load must have been dropped before,
    /// because they depend on indexes.
    /// </summary>
    public async Task DropAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, RoleRights rights, CancellationToken cancellationToken)
    {
        if (options.IndexRebuild == IndexRebuild.Never)
            return;
        foreach (CatalogTable? table in catalog.Tables.OrderBy(table => table.Name))
        {
            if (await KeepsAllAsync(connection, table, rights[table.Oid], cancellationToken).ConfigureAwait(false) is { } reason)
            {
                audit.Record(AuditEvents.IndexKeptOf(table.Name, null, reason));
                continue;
            }

            await Sql.ExecuteAsync(connection, $"LOCK TABLE ONLY {table.Name.Quoted} IN ACCESS EXCLUSIVE MODE", cancellationToken)
                .ConfigureAwait(false);
            List<DroppedIndex> before = await DroppedIndexReader.ReadAsync(connection, table, cancellationToken).ConfigureAwait(false);
            var dropped = new List<DroppedIndex>();
            foreach (DroppedIndex index in before)
            {
                if (ReasonToKeep(index) is { } hindrance)
                {
                    audit.Record(AuditEvents.IndexKeptOf(table.Name, index.Name, hindrance));
                    continue;
                }

                await Sql.ExecuteAsync(connection, DropStatement(index), cancellationToken).ConfigureAwait(false);
                dropped.Add(index);
                audit.Record(AuditEvents.IndexDroppedOf(index));
            }

            tables.Add((table, before, dropped));
        }
    }

    /// <summary>Builds the indexes again and compares them. Foreign keys must be added afterwards, because they need the indexes.</summary>
    /// <exception cref="ForeignKeyException">There are duplicates, or an index differs: the transaction must be rolled back.</exception>
    public async Task RestoreAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach ((CatalogTable? table, List<DroppedIndex>? before, List<DroppedIndex>? dropped) in tables)
        {
            foreach (DroppedIndex index in dropped)
                await RestoreAsync(connection, index, cancellationToken).ConfigureAwait(false);
            List<DroppedIndex> after = await DroppedIndexReader.ReadAsync(connection, table, cancellationToken).ConfigureAwait(false);

            // Dependent objects are not compared: the load's own foreign keys are restored later.
            if (!after.Select(WithoutHindrance).SequenceEqual(before.Select(WithoutHindrance)))
                ForeignKeyThrow.IndexRestoredDifferently(table.Name, string.Join("; ", before), string.Join("; ", after));
        }
    }

    /// <summary>
    /// Builds the indexes of empty tables once as a trial, which costs little, so that a refusal by the server is known before the load.
    /// The caller rolls this back.
    /// </summary>
    /// <returns>The tables whose indexes were not built, because the tables contain rows.</returns>
    public async Task<IReadOnlySet<QualifiedName>> TryRestoreAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var without = new HashSet<QualifiedName>();
        foreach ((CatalogTable? table, List<DroppedIndex> _, List<DroppedIndex>? dropped) in tables.Where(entry => entry.Dropped.Count > 0))
        {
            if (await HasRowsAsync(connection, table, cancellationToken).ConfigureAwait(false))
            {
                without.Add(table.Name);
                continue;
            }

            foreach (DroppedIndex? index in dropped)
                await CreateAsync(connection, index, cancellationToken).ConfigureAwait(false);
        }

        return without;
    }

    private static DroppedIndex WithoutHindrance(DroppedIndex index) => index with { Hindrance = null };

    private static string DropStatement(DroppedIndex index) => index.ConstraintKind is null
        ? $"DROP INDEX {index.QualifiedIndex.Quoted}"
        : $"ALTER TABLE {index.Table.Quoted} DROP CONSTRAINT {SqlText.Identifier(index.Name)}";

    private async Task<string?> KeepsAllAsync(
        NpgsqlConnection connection, CatalogTable table, RelationRights rights, CancellationToken cancellationToken)
    {
        if (table.IsPartitioned || table.IsPartition)
            return "indexes of partitioned tables and partitions hang together";
        if (options.TablesThatNeedIndexes.Contains(table.Name))
            return "the load reads the table by key";
        if (!rights.Owns || !rights.CanCreateIndex)
            return "the role does not own the table or may not create in its schema";
        if (options.IndexRebuild == IndexRebuild.Always)
            return null;
        return await HasRowsAsync(connection, table, cancellationToken).ConfigureAwait(false)
            ? "the table is not empty, so all of its rows would be sorted again"
            : null;
    }

    private static Task<bool> HasRowsAsync(NpgsqlConnection connection, CatalogTable table, CancellationToken cancellationToken) =>
        Sql.ScalarAsync<bool>(connection, $"SELECT EXISTS (SELECT FROM ONLY {table.Name.Quoted})", cancellationToken);

    private string? ReasonToKeep(DroppedIndex index)
    {
        if (index.Hindrance is not null)
            return index.Hindrance;
        bool sorted = options.IndexRebuild == IndexRebuild.Auto && index.IsPrimaryKey && options.SortedTables.Contains(index.Table);
        return sorted ? "the rows come in its order" : null;
    }

    private async Task RestoreAsync(NpgsqlConnection connection, DroppedIndex index, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            await CreateAsync(connection, index, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error)
        {
            ForeignKeyThrow.IndexNotRebuilt(index, error);
        }

        audit.Record(AuditEvents.IndexRestoredOf(index, Stopwatch.GetElapsedTime(started)));
    }

    private static async Task CreateAsync(NpgsqlConnection connection, DroppedIndex index, CancellationToken cancellationToken)
    {
        string tablespace = await Sql.ShowAsync(connection, "default_tablespace", cancellationToken).ConfigureAwait(false);
        await Sql.SetLocalAsync(connection, "default_tablespace", index.Tablespace, cancellationToken).ConfigureAwait(false);
        await Sql.ExecuteAsync(connection, index.Definition, cancellationToken).ConfigureAwait(false);
        await Sql.SetLocalAsync(connection, "default_tablespace", tablespace, cancellationToken).ConfigureAwait(false);
        foreach (string statement in Dressing(index))
            await Sql.ExecuteAsync(connection, statement, cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<string> Dressing(DroppedIndex index)
    {
        string table = index.Table.Quoted;
        string name = SqlText.Identifier(index.Name);
        if (index.ConstraintKind is not null)
        {
            string deferral = (index.IsDeferrable, index.IsInitiallyDeferred) switch
            {
                (true, true) => " DEFERRABLE INITIALLY DEFERRED",
                (true, false) => " DEFERRABLE",
                _ => "",
            };
            yield return $"ALTER TABLE {table} ADD CONSTRAINT {name} {index.ConstraintKind} USING INDEX {name}{deferral}";
        }

        if (index.IsClustered)
            yield return $"ALTER TABLE {table} CLUSTER ON {name}";
        if (index.IsReplicaIdentity)
            yield return $"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}";
        if (index.Comment is not null)
            yield return $"COMMENT ON INDEX {index.QualifiedIndex.Quoted} IS {SqlText.Literal(index.Comment)}";
        if (index.ConstraintComment is not null)
            yield return $"COMMENT ON CONSTRAINT {name} ON {table} IS {SqlText.Literal(index.ConstraintComment)}";
    }
}
