using System.Globalization;
using Npgsql;

namespace StellarPipeline.Postgres;

/// <summary>Empties tables inside the load's transaction, so that a load can replace what they held.</summary>
/// <remarks>
/// TRUNCATE takes ACCESS EXCLUSIVE on every table and needs its TRUNCATE privilege; the server refuses it when a table outside the list has a foreign key to one inside, even an
/// empty one. DELETE needs the DELETE privilege and takes ROW EXCLUSIVE; its foreign keys are enforced even where the transaction runs with
/// session_replication_role = replica, because rows of tables outside the list would else be orphaned unseen.
/// </remarks>
public static class TableCleaner
{
    private const string ObstacleSql =
        """
        WITH listed AS (SELECT to_regclass(name)::oid AS id FROM unnest($1::text[]) AS n(name))
        SELECT 'the role may not TRUNCATE ' || id::regclass::text FROM listed WHERE NOT has_table_privilege(id, 'TRUNCATE')
        UNION ALL
        SELECT 'foreign key ' || conname::text || ' of ' || conrelid::regclass::text || ' refers to ' || confrelid::regclass::text
        FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND confrelid IN (SELECT id FROM listed) AND conrelid NOT IN (SELECT id FROM listed)
          AND conrelid NOT IN (SELECT inhrelid FROM pg_inherits WHERE inhparent IN (SELECT id FROM listed))
        LIMIT 1
        """;

    /// <summary>Empties the tables.</summary>
    /// <param name="connection">The connection of the load's transaction.</param>
    /// <param name="childrenFirst">All tables that belong together, children before their parents.</param>
    /// <param name="method">How to do it.</param>
    /// <param name="cancellationToken">Ends the statements; the transaction is then to be rolled back.</param>
    /// <returns>What was done and why.</returns>
    /// <exception cref="DatabaseException">A statement failed: a lock was not to be had, a privilege is missing, or a table outside the list still refers to a row.</exception>
    public static async Task<EmptyingResult> EmptyAsync(
        NpgsqlConnection connection, IReadOnlyList<CopyTable> childrenFirst, EmptyingMethod method = EmptyingMethod.Auto, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(childrenFirst);
        if (childrenFirst.Count == 0)
            return new EmptyingResult(EmptyingMethod.Delete, "there is no table to empty", 0);
        string doing = "The emptying of the tables";
        try
        {
            string? obstacle = method == EmptyingMethod.Auto ? await ObstacleAsync(connection, childrenFirst, cancellationToken).ConfigureAwait(false) : null;
            if (method == EmptyingMethod.Truncate || (method == EmptyingMethod.Auto && obstacle is null))
            {
                doing = "TRUNCATE of the tables";
                await ExecuteAsync(connection, [$"TRUNCATE TABLE {string.Join(", ", childrenFirst.Select(table => table.QualifiedName))}"], cancellationToken).ConfigureAwait(false);
                return new EmptyingResult(EmptyingMethod.Truncate, null, null);
            }

            doing = "DELETE of the tables' rows";
            return new EmptyingResult(EmptyingMethod.Delete, obstacle, await DeleteAsync(connection, childrenFirst, cancellationToken).ConfigureAwait(false));
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed(doing, ServerName.Of(connection), error);
            throw;
        }
    }

    /// <summary>Takes the locks that TRUNCATE takes, and then says which tables hold no row that anybody has committed.</summary>
    /// <remarks>
    /// TRUNCATE removes rows that were committed while it waited for its lock. Where only a table that is empty may be truncated, its emptiness must be looked at under the lock; this
    /// needs READ COMMITTED, where each statement sees what was committed before it.
    /// </remarks>
    /// <param name="connection">The connection of the load's transaction.</param>
    /// <param name="tables">The tables, in the order in which they are locked; each with the privilege to TRUNCATE.</param>
    /// <param name="cancellationToken">Ends the statements; the transaction is then to be rolled back.</param>
    /// <returns>The tables that are surely empty, in the same order. One that the role may not read is not among them.</returns>
    /// <exception cref="DatabaseException">A lock was not to be had, or a privilege is missing.</exception>
    public static async Task<IReadOnlyList<CopyTable>> LockEmptyAsync(NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(tables);
        if (tables.Count == 0)
            return [];
        try
        {
            await ExecuteAsync(connection, [$"LOCK TABLE {string.Join(", ", tables.Select(table => table.QualifiedName))} IN ACCESS EXCLUSIVE MODE"], cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed("The locking of the tables", ServerName.Of(connection), error);
            throw;
        }

        IReadOnlyList<TableState> states = await TableInspector.ReadAsync(connection, tables, cancellationToken).ConfigureAwait(false);
        return [.. states.Where(state => state.HasRows == false).Select(state => state.Table)];
    }

    /// <summary>Finds out whether TRUNCATE may be used, before any lock is taken for it.</summary>
    /// <param name="connection">The connection of the load's transaction.</param>
    /// <param name="tables">All tables that would be truncated together.</param>
    /// <param name="cancellationToken">Ends the query; the transaction is then to be rolled back.</param>
    /// <returns>What stands in the way, as a phrase for the report: a right that is missing, or a foreign key of another table. Null when nothing does.</returns>
    /// <exception cref="DatabaseException">The catalogue could not be read.</exception>
    public static async Task<string?> FindObstacleAsync(NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(tables);
        try
        {
            return await ObstacleAsync(connection, tables, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed("The look at what TRUNCATE needs", ServerName.Of(connection), error);
            throw;
        }
    }

    private static async Task<string?> ObstacleAsync(NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(ObstacleSql, connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. tables.Select(table => table.QualifiedName)] } } };
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }

    private static async Task<long> DeleteAsync(NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken)
    {
        string? role;
        var read = new NpgsqlCommand("SELECT current_setting('session_replication_role')", connection);
        await using (read.ConfigureAwait(false))
            role = await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
        List<string> statements = [.. tables.Select(table => $"DELETE FROM {table.QualifiedName}")];
        if (role is not (null or "origin"))
        {
            statements.Insert(0, "SET LOCAL session_replication_role = origin");
            statements.Add($"SET LOCAL session_replication_role = {role}");
        }

        return await ExecuteAsync(connection, statements, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<long> ExecuteAsync(NpgsqlConnection connection, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        // 0: a DELETE of many rows has no limit but lock_timeout, which the transaction has set.
        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        await using (batch.ConfigureAwait(false))
        {
            foreach (string statement in statements)
                batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
            return Convert.ToInt64(await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }
}
