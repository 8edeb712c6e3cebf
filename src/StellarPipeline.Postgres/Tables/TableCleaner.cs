using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tables;

/// <summary>Empties tables inside the load's transaction, so that a load can replace their rows.</summary>
/// <remarks>
/// TRUNCATE takes ACCESS EXCLUSIVE on every table and needs its TRUNCATE privilege; the server refuses it when a table outside the list has
/// a foreign key to one inside, even an empty one. DELETE needs the DELETE privilege and takes ROW EXCLUSIVE; its foreign keys are enforced
/// even if the transaction runs with session_replication_role = replica, because otherwise rows of tables outside the list could be
/// orphaned unnoticed. Partitions and chunks are emptied with their table; tables that inherit from a plain table are not, because they are
/// not part of the load.
/// </remarks>
internal static class TableCleaner
{
    // Partitions count as their table; chunks of hypertables are recognised by inheritance, too.
    private const string ObstacleSql =
        """
        WITH RECURSIVE listed AS (SELECT pg_catalog.to_regclass(name)::oid AS id FROM pg_catalog.unnest($1::text[]) AS n(name)),
        below AS (
          SELECT id FROM listed
          UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN below ON i.inhparent = below.id
            JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE c.relispartition)
        SELECT 'the role may not TRUNCATE ' || id::pg_catalog.regclass::text FROM listed WHERE NOT pg_catalog.has_table_privilege(id,
          'TRUNCATE')
        UNION ALL
        SELECT 'foreign key ' || conname::text || ' of ' || conrelid::pg_catalog.regclass::text || ' refers to ' ||
          confrelid::pg_catalog.regclass::text
        FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conparentid = 0 AND confrelid IN (SELECT id FROM below) AND conrelid NOT IN
          (SELECT id FROM below)
          AND conrelid NOT IN (SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent IN (SELECT id FROM listed))
        LIMIT 1
        """;

    /// <summary>Empties the tables.</summary>
    /// <param name="connection">The connection of the load's transaction.</param>
    /// <param name="childrenFirst">All tables that belong together, children before their parents.</param>
    /// <param name="method">The method.</param>
    /// <param name="cancellationToken">Ends the statements; the transaction must then be rolled back.</param>
    /// <returns>What was done and why.</returns>
    /// <exception cref="DatabaseException">A statement failed: a lock could not be acquired, a privilege is missing, or a table outside the
    /// list still refers to a row.</exception>
    public static async Task<EmptyingResult> EmptyAsync(
        NpgsqlConnection connection, IReadOnlyList<CopyTable> childrenFirst, EmptyingMethod method = EmptyingMethod.Auto,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(childrenFirst);
        if (childrenFirst.Count == 0)
            return new EmptyingResult(EmptyingMethod.Delete, "there is no table to empty", 0);
        string doing = "Emptying the tables";
        try
        {
            string? obstacle = method == EmptyingMethod.Auto
                ? await ObstacleAsync(connection, childrenFirst, cancellationToken).ConfigureAwait(false)
                : null;
            if (method == EmptyingMethod.Truncate || (method == EmptyingMethod.Auto && obstacle is null))
            {
                doing = "TRUNCATE of the tables";
                await ExecuteAsync(
                    connection,
                    [$"TRUNCATE TABLE "
                        + $"{string.Join(", ", await NamesAsync(connection, childrenFirst, cancellationToken).ConfigureAwait(false))}"],
                    cancellationToken).ConfigureAwait(false);
                return new EmptyingResult(EmptyingMethod.Truncate, null, null);
            }

            doing = "DELETE of the tables' rows";
            return new EmptyingResult(
                EmptyingMethod.Delete, obstacle, await DeleteAsync(connection, childrenFirst, cancellationToken).ConfigureAwait(false));
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed(doing, ServerName.Of(connection), error);
            throw;
        }
    }

    /// <summary>Finds out whether TRUNCATE may be used, before any lock is taken for it.</summary>
    /// <param name="connection">The connection of the load's transaction.</param>
    /// <param name="tables">All tables that would be truncated together.</param>
    /// <param name="cancellationToken">Ends the query; the transaction must then be rolled back.</param>
    /// <returns>The obstacle, as a phrase for the report: a missing privilege, or a foreign key of another table. Null if there is
    /// none.</returns>
    /// <exception cref="DatabaseException">The catalogue could not be read.</exception>
    public static async Task<string?> FindObstacleAsync(
        NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(tables);
        try
        {
            return await ObstacleAsync(connection, tables, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed("Reading what TRUNCATE needs", ServerName.Of(connection), error);
            throw;
        }
    }

    private static async Task<string?> ObstacleAsync(
        NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken)
    {
        var command =
            new NpgsqlCommand(ObstacleSql, connection)
            {
                Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. tables.Select(table => table.QualifiedName)] } },
            };
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }

    /// <summary>
    /// Why PostgreSQL would not check the keys of other tables when rows are deleted, as the server's message; null if it checks them, or
    /// the role can make it check them.
    /// </summary>
    internal static async Task<string?> FindWhyUncheckedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            string role = await Sql.ShowAsync(connection, ReplicationSession.Parameter, cancellationToken).ConfigureAwait(false);
            return ReplicationSession.IsChecking(role)
                ? null
                : await SettingTrial.RunAsync(connection, ReplicationSession.Parameter, "origin", cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed("Reading what checks foreign keys", ServerName.Of(connection), error);
            throw;
        }
    }

    private static async Task<long> DeleteAsync(
        NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken)
    {
        string role = await Sql.ShowAsync(connection, ReplicationSession.Parameter, cancellationToken).ConfigureAwait(false);
        List<string> statements =
            [.. (await NamesAsync(connection, tables, cancellationToken).ConfigureAwait(false)).Select(name => $"DELETE FROM {name}")];
        if (await FindWhyUncheckedAsync(connection, cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            IReadOnlyList<TableState> states = await TableInspector.ReadAsync(connection, tables, cancellationToken).ConfigureAwait(false);
            Dependent? unseen = (await DependentReader.ReadAsync(connection, states, cancellationToken).ConfigureAwait(false))
                .FirstOrDefault(dependent => dependent is { Kind: DependentKind.ForeignKey, Rows: not 0 });
            if (unseen is not null)
                DatabaseThrow.DependentUnseen(ServerName.Of(connection), unseen, refusal);
        }
        else if (!ReplicationSession.IsChecking(role))
        {
            statements.Insert(0, $"SET LOCAL {ReplicationSession.Parameter} = origin");
            statements.Add($"SET LOCAL {ReplicationSession.Parameter} = {role}");
        }

        return await ExecuteAsync(connection, statements, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The tables' names for statements, with ONLY in front of those that others may inherit from.</summary>
    private static async Task<List<string>> NamesAsync(
        NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken)
    {
        List<CatalogTable> found = await ForeignKeyCatalogReader.FindAsync(
            connection, [.. tables.Select(table => table.QualifiedName)], cancellationToken).ConfigureAwait(false);

        // The server reports a missing table.
        return found.Count == tables.Count
            ? [.. found.Select(table => table.Only + table.Name.Quoted)]
            : [.. tables.Select(table => table.QualifiedName)];
    }

    private static async Task<long> ExecuteAsync(
        NpgsqlConnection connection, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        // 0: only lock_timeout, which the transaction has set, limits a DELETE of many rows.
        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        await using (batch.ConfigureAwait(false))
        {
            foreach (string statement in statements)
                batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
            return Convert.ToInt64(await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }
}
