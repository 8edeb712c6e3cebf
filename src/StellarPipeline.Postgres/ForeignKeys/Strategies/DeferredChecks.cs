using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Makes PostgreSQL run its deferred checks before COMMIT, so that the load can tell which key failed.
/// </summary>
internal static class DeferredChecks
{
    /// <exception cref="ForeignKeyViolationException">A key does not hold; the anti-join counted its violations after the server
    /// refused.</exception>
    public static async Task RunNowAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, IAuditSink audit, CancellationToken cancellationToken)
    {
        await Sql.ExecuteAsync(connection, "SAVEPOINT load_checks", cancellationToken).ConfigureAwait(false);
        try
        {
            await Sql.ExecuteAsync(connection, "SET CONSTRAINTS ALL IMMEDIATE", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            await Sql.ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT load_checks", cancellationToken).ConfigureAwait(false);
            await ViolationSearch.ExplainAsync(connection, catalog.BindingKeys, error, audit, cancellationToken).ConfigureAwait(false);
        }

        await Sql.ExecuteAsync(connection, "RELEASE SAVEPOINT load_checks", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Warnings about keys that PostgreSQL may not check.</summary>
    public static IEnumerable<string> Cautions(ForeignKeyCatalog catalog) => catalog.BindingKeys
        .Where(key => key.TriggerState == ForeignKeyTriggerState.Altered)
        .Select(
        key =>
            $"The triggers of foreign key {key} are not in their normal state, so PostgreSQL may not check it: it is proved by an "
                + $"anti-join.");
}
