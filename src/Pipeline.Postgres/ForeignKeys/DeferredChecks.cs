using Npgsql;

namespace Pipeline.Postgres.ForeignKeys;

/// <summary>Makes PostgreSQL run its postponed checks now, while the load can still say which key failed, instead of inside COMMIT.</summary>
internal static class DeferredChecks
{
    /// <exception cref="ForeignKeyViolationException">A key does not hold; the anti-join counted its violations after the server refused.</exception>
    public static async Task RunNowAsync(NpgsqlConnection connection, ForeignKeyCatalog catalog, IAuditSink audit, CancellationToken cancellationToken)
    {
        await Sql.ExecuteAsync(connection, "SAVEPOINT pipeline_checks", cancellationToken).ConfigureAwait(false);
        try
        {
            await Sql.ExecuteAsync(connection, "SET CONSTRAINTS ALL IMMEDIATE", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            await Sql.ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT pipeline_checks", cancellationToken).ConfigureAwait(false);
            await ForeignKeyProof.ProveAllAsync(connection, catalog, audit, cancellationToken).ConfigureAwait(false);

            // The anti-join found nothing: the violated key is not one of the load's. The server's own words are then all there is.
            throw ForeignKeyThrow.ServerRefused(error);
        }

        await Sql.ExecuteAsync(connection, "RELEASE SAVEPOINT pipeline_checks", cancellationToken).ConfigureAwait(false);
    }
}
