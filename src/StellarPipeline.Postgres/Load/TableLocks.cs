using System.Diagnostics;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Locks all tables of a load in one statement, always in the same order, so that what is read afterwards holds until COMMIT.
/// </summary>
/// <remarks>
/// Tables are locked in the order of their names, not in the order of the load, so that two loads that share tables do not deadlock. Every
/// mode except the weakest needs UPDATE, DELETE or TRUNCATE on each table (MAINTAIN is enough from PostgreSQL 17). The transaction must be
/// READ COMMITTED: a snapshot taken before the lock does not show what was committed while waiting for it.
/// </remarks>
internal static class TableLocks
{
    private const string HoldsAll = """
        WITH RECURSIVE tree AS (
          SELECT pg_catalog.to_regclass(n.name)::pg_catalog.oid AS oid FROM pg_catalog.unnest($1::pg_catalog.text[]) AS n(name)
          UNION SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)
        SELECT NOT EXISTS (SELECT FROM tree WHERE oid IS NULL OR oid NOT IN (
          SELECT l.relation FROM pg_catalog.pg_locks l
          WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.mode = 'AccessExclusiveLock' AND l.granted
            AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())))
        """;

    /// <summary>Finds the tables by name and locks them.</summary>
    /// <param name="connection">The connection of the load's transaction.</param>
    /// <param name="tables">Names as SQL writes them, quoted where needed.</param>
    /// <param name="mode">The lock mode.</param>
    /// <param name="cancellationToken">Ends the wait; the transaction must then be rolled back.</param>
    /// <returns>The tables that were locked. Names that do not exist are ignored here; later checks report them.</returns>
    /// <exception cref="DatabaseException">A lock could not be acquired in time, or a privilege is missing.</exception>
    public static async Task<IReadOnlyList<QualifiedName>> LockAsync(
        NpgsqlConnection connection, IEnumerable<string> tables, TableLockMode mode, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(tables);
        long started = 0;
        try
        {
            List<CatalogTable> found =
                await ForeignKeyCatalogReader.FindAsync(connection, [.. tables], cancellationToken).ConfigureAwait(false);
            if (Statement(found, mode) is { } statement)
            {
                started = Stopwatch.GetTimestamp();
                await Sql.ExecuteAsync(connection, statement, cancellationToken).ConfigureAwait(false);
                PostgresTelemetry.CountLockWait(started, null);
            }

            return [.. found.Select(table => table.Name)];
        }
        catch (NpgsqlException error)
        {
            if (started > 0) PostgresTelemetry.CountLockWait(started, error);
            DatabaseThrow.Failed("Locking the tables", ServerName.Of(connection), error);
            throw;
        }
    }

    /// <summary>
    /// Whether this transaction already holds the strongest lock on all tables and their partitions, as after creating them.
    /// </summary>
    /// <param name="connection">The connection of the load's transaction.</param>
    /// <param name="tables">Names as SQL writes them, quoted where needed. A name that does not exist is not locked.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static Task<bool> HoldsAllAsync(NpgsqlConnection connection, IEnumerable<string> tables, CancellationToken cancellationToken) =>
        Sql.ScalarAsync<bool>(connection, HoldsAll, cancellationToken, (object)tables.ToArray());

    /// <summary>The statement; null without tables.</summary>
    /// <remarks>
    /// ONLY: tables that inherit from a plain table are not part of the load. Partitions and chunks are parts of their table and are locked
    /// with it.
    /// </remarks>
    internal static string? Statement(IEnumerable<CatalogTable> tables, TableLockMode mode)
    {
        string list = string.Join(
            ", ", tables.DistinctBy(table => table.Name).OrderBy(table => table.Name).Select(table => table.Only + table.Name.Quoted));
        return list.Length == 0 ? null : $"LOCK TABLE {list} IN {Name(mode)} MODE";
    }

    /// <summary>The mode as SQL writes it.</summary>
    internal static string Name(TableLockMode mode) => mode switch
    {
        TableLockMode.RowExclusive => "ROW EXCLUSIVE",
        TableLockMode.ShareRowExclusive => "SHARE ROW EXCLUSIVE",
        TableLockMode.Exclusive => "EXCLUSIVE",
        _ => "ACCESS EXCLUSIVE",
    };
}
