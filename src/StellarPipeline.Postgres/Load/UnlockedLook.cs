using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres.Load;

/// <summary>Reads tables inside a transaction without keeping the read locks.</summary>
/// <remarks>
/// A SELECT holds ACCESS SHARE until the transaction ends. If two loads have both read a table and then both request an exclusive lock on
/// it, they deadlock. Locks acquired after a savepoint are released when it is rolled back (PostgreSQL documentation, "Explicit Locking").
/// </remarks>
internal static class UnlockedLook
{
    /// <summary>Runs queries after a savepoint and rolls back to it.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="connection">The connection, in a transaction.</param>
    /// <param name="look">The queries. Their changes, if any, are undone.</param>
    /// <param name="cancellationToken">Ends the queries; the transaction must then be rolled back, as after every error.</param>
    public static async Task<T> RunAsync<T>(NpgsqlConnection connection, Func<Task<T>> look, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(look);
        await Sql.ExecuteAsync(connection, "SAVEPOINT load_look", cancellationToken).ConfigureAwait(false);
        T found = await look().ConfigureAwait(false);
        await Sql.ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT load_look", cancellationToken).ConfigureAwait(false);
        await Sql.ExecuteAsync(connection, "RELEASE SAVEPOINT load_look", cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>
    /// Runs several queries in one round trip. Each releases its locks before the next waits for its own.
    /// </summary>
    /// <remarks>
    /// A single statement on two tables holds the lock on the first while it waits for the second. A load that holds the second and
    /// requests an exclusive lock on the first would deadlock with it.
    /// </remarks>
    /// <typeparam name="T">A row.</typeparam>
    /// <param name="connection">The connection, inside a transaction or not.</param>
    /// <param name="queries">The queries; they change nothing.</param>
    /// <param name="map">Makes a row.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>The rows of all queries, in order.</returns>
    internal static async Task<List<T>> RowsAsync<T>(
        NpgsqlConnection connection, IReadOnlyList<string> queries, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        if (queries.Count == 0)
            return rows;
        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SAVEPOINT load_look_rows"));
            foreach (string query in queries)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(query));
                batch.BatchCommands.Add(new NpgsqlBatchCommand("ROLLBACK TO SAVEPOINT load_look_rows"));
            }

            batch.BatchCommands.Add(new NpgsqlBatchCommand("RELEASE SAVEPOINT load_look_rows"));
            try
            {
                NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    do
                    {
                        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                            rows.Add(map(reader));
                    }
                    while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
                }

                return rows;
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.NoActiveSqlTransaction)
            {
                // Outside a transaction, each statement releases its own locks.
            }
        }

        foreach (string query in queries)
            rows.AddRange(await Sql.RowsAsync(connection, query, map, cancellationToken).ConfigureAwait(false));
        return rows;
    }
}
