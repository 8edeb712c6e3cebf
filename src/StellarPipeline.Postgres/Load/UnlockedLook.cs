using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres;

/// <summary>Reads tables inside a transaction without keeping the locks of reading.</summary>
/// <remarks>
/// A SELECT holds ACCESS SHARE until the transaction ends. Two loads that have both looked into a table, and then both want it for themselves, wait for each other: a
/// dead-lock. The locks that were taken behind a savepoint go with it when it is rolled back (PostgreSQL documentation, "Explicit Locking").
/// </remarks>
public static class UnlockedLook
{
    /// <summary>Runs queries behind a savepoint and rolls back to it.</summary>
    /// <typeparam name="T">What they find.</typeparam>
    /// <param name="connection">The connection, in a transaction.</param>
    /// <param name="look">The queries. They change nothing: what they change is undone.</param>
    /// <param name="cancellationToken">Ends the queries; the transaction is then to be rolled back, as after every error.</param>
    public static async Task<T> RunAsync<T>(NpgsqlConnection connection, Func<Task<T>> look, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(look);
        await Sql.ExecuteAsync(connection, "SAVEPOINT load_look", cancellationToken).ConfigureAwait(false);
        T found = await look().ConfigureAwait(false);
        await Sql.ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT load_look", cancellationToken).ConfigureAwait(false);
        await Sql.ExecuteAsync(connection, "RELEASE SAVEPOINT load_look", cancellationToken).ConfigureAwait(false);
        return found;
    }
}
