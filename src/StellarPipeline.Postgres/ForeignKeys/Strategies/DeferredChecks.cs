using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Makes PostgreSQL run its deferred checks before COMMIT, so that the load can tell which key failed.
/// </summary>
internal static class DeferredChecks
{
    private const string Savepoint = "SAVEPOINT load_checks";
    private const string Check = "SET CONSTRAINTS ALL IMMEDIATE";
    private const string Release = "RELEASE SAVEPOINT load_checks";

    /// <exception cref="ForeignKeyViolationException">A key does not hold; the anti-join counted its violations after the server
    /// refused.</exception>
    public static async Task RunNowAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, IAuditSink audit, CancellationToken cancellationToken)
    {
        await Sql.ExecuteAsync(connection, Savepoint, cancellationToken).ConfigureAwait(false);
        try
        {
            await Sql.ExecuteAsync(connection, Check, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            await ExplainAsync(connection, catalog, error, audit, cancellationToken).ConfigureAwait(false);
        }

        await Sql.ExecuteAsync(connection, Release, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The same in one round trip, on a load's own transaction. Also reads the transaction's id and the session's
    /// <c>session_replication_role</c> after the last row.
    /// </summary>
    /// <exception cref="ForeignKeyViolationException">A key does not hold.</exception>
    public static async Task<(ulong TransactionId, string ReplicationRole)> RunNowAsync(
        LoadTransaction load, ForeignKeyCatalog catalog, IAuditSink audit, CancellationToken cancellationToken)
    {
        (ulong, string) read = default;
        NpgsqlBatch batch = load.NewBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            $"SELECT pg_catalog.pg_current_xact_id(), pg_catalog.current_setting('{ReplicationSession.Parameter}')"));
        foreach (string statement in new[] { Savepoint, Check, Release })
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        try
        {
            await using (batch.ConfigureAwait(false))
            {
                await load.Preparation.PrepareAsync(load.Connection, batch, cancellationToken).ConfigureAwait(false);
                NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    read = (reader.GetFieldValue<ulong>(0), reader.GetString(1));
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            await ExplainAsync(load.Connection, catalog, error, audit, cancellationToken).ConfigureAwait(false);
        }

        return read;
    }

    private static async Task ExplainAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, PostgresException refusal, IAuditSink audit,
        CancellationToken cancellationToken)
    {
        await Sql.ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT load_checks", cancellationToken).ConfigureAwait(false);
        await ViolationSearch.ExplainAsync(connection, catalog.BindingKeys, refusal, audit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Warnings about keys that PostgreSQL may not check.</summary>
    public static IEnumerable<string> Cautions(ForeignKeyCatalog catalog) => catalog.BindingKeys
        .Where(key => key.TriggerState == ForeignKeyTriggerState.Altered)
        .Select(
        key =>
            $"The triggers of foreign key {key} are not in their normal state, so PostgreSQL may not check it: it is proved by an "
                + $"anti-join.");
}
