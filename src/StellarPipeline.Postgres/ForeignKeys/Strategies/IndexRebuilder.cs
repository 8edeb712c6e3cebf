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
/// The caller holds ACCESS EXCLUSIVE on the tables, until COMMIT. Needs ownership of the table and CREATE on its schema. A duplicate is
/// found only when a unique index is built again, so the error cannot name the batch.
/// Indexes on which other objects depend, and indexes of partitioned tables and partitions, are not dropped. Before COMMIT the indexes are
/// read back and compared with the original ones.
/// </remarks>
internal sealed class IndexRebuilder(ForeignKeyOptions options, IAuditSink audit)
{
    private const string Tablespace = "default_tablespace";
    private readonly List<(CatalogTable Table, List<DroppedIndex> Before, List<DroppedIndex> Dropped)> tables = [];

    // The value of the session, read before the first index is dropped.
    private string tablespace = "";

    /// <summary>
    /// Drops the indexes that can be dropped and whose rebuild saves time. The foreign keys of the load must have been dropped before,
    /// because they depend on indexes.
    /// </summary>
    public async Task DropAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, RoleRights rights, CancellationToken cancellationToken)
    {
        if (options.IndexRebuild == IndexRebuild.Never)
            return;
        CatalogTable[] inOrder = [.. catalog.Tables.OrderBy(table => table.Name)];
        var kept = new Dictionary<CatalogTable, string>();
        foreach (CatalogTable table in inOrder)
        {
            if (await KeepsAllAsync(connection, table, rights[table.Oid], cancellationToken).ConfigureAwait(false) is { } reason)
                kept.Add(table, reason);
        }

        CatalogTable[] chosen = [.. inOrder.Where(table => !kept.ContainsKey(table))];
        tablespace = await Sql.ShowAsync(connection, Tablespace, cancellationToken).ConfigureAwait(false);
        ILookup<uint, DroppedIndex> found = await DroppedIndexReader.ReadAsync(connection, chosen, cancellationToken).ConfigureAwait(false);
        foreach (CatalogTable table in inOrder)
        {
            if (kept.TryGetValue(table, out string? reason))
            {
                audit.Record(AuditEvents.IndexKeptOf(table.Name, null, reason));
                continue;
            }

            var dropped = new List<DroppedIndex>();
            foreach (DroppedIndex index in found[table.Oid])
            {
                if (ReasonToKeep(index) is { } hindrance)
                    audit.Record(AuditEvents.IndexKeptOf(table.Name, index.Name, hindrance));
                else
                    dropped.Add(index);
            }

            tables.Add((table, [.. found[table.Oid]], dropped));
        }

        List<DroppedIndex> all = [.. tables.SelectMany(table => table.Dropped)];
        await Sql.ExecuteAllAsync(connection, all.Select(DropStatement), cancellationToken).ConfigureAwait(false);
        foreach (DroppedIndex index in all)
            audit.Record(AuditEvents.IndexDroppedOf(index));
    }

    /// <summary>Builds the indexes again and compares them. Foreign keys must be added afterwards, because they need the indexes.</summary>
    /// <exception cref="ForeignKeyException">There are duplicates, or an index differs: the transaction must be rolled back.</exception>
    public async Task RestoreAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (tables.Count == 0)
            return;
        foreach (DroppedIndex index in tables.SelectMany(table => table.Dropped))
            await RestoreAsync(connection, index, cancellationToken).ConfigureAwait(false);
        ILookup<uint, DroppedIndex> found = await DroppedIndexReader.ReadAsync(
            connection, [.. tables.Select(table => table.Table)], cancellationToken).ConfigureAwait(false);
        foreach ((CatalogTable table, List<DroppedIndex> before, List<DroppedIndex> _) in tables)
        {
            List<DroppedIndex> after = [.. found[table.Oid]];

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
        List<(CatalogTable Table, List<DroppedIndex> Before, List<DroppedIndex> Dropped)> changed =
            [.. tables.Where(entry => entry.Dropped.Count > 0)];
        if (changed.Count == 0)
            return new HashSet<QualifiedName>();
        string looks = string.Join(
            " UNION ALL ", changed.Select((entry, index) => $"SELECT {index} WHERE EXISTS (SELECT FROM ONLY {entry.Table.Name.Quoted})"));
        HashSet<int> full =
            [.. await Sql.RowsAsync(connection, looks, row => row.GetInt32(0), cancellationToken).ConfigureAwait(false)];
        IEnumerable<DroppedIndex> tried = changed.Where((_, index) => !full.Contains(index)).SelectMany(entry => entry.Dropped);
        await Sql.ExecuteAllAsync(connection, tried.SelectMany(Creation), cancellationToken).ConfigureAwait(false);
        return changed.Where((_, index) => full.Contains(index)).Select(entry => entry.Table.Name).ToHashSet();
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
            await Sql.ExecuteAllAsync(connection, Creation(index), cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error)
        {
            ForeignKeyThrow.IndexNotRebuilt(index, error);
        }

        audit.Record(AuditEvents.IndexRestoredOf(index, Stopwatch.GetElapsedTime(started)));
    }

    /// <summary>The statements that build an index with its constraint, flags and comments, and leave the session as it was.</summary>
    private IEnumerable<string> Creation(DroppedIndex index) =>
        [SetTablespace(index.Tablespace), index.Definition, SetTablespace(tablespace), .. Dressing(index)];

    private static string SetTablespace(string name) => $"SET LOCAL {Tablespace} = {SqlText.Literal(name)}";

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
