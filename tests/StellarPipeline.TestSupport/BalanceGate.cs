using Npgsql;

namespace StellarPipeline.TestSupport;

/// <summary>
/// Holds the balances of a ledger in live ingestion while the next one sends its history, until a test lets them go on.
/// </summary>
/// <remarks>
/// The next ledger is only begun if it is derived by the time when the history of the present one is sent. So the gate holds no ledger
/// without a next one: on a slow machine it may be the second or the fifth ledger that is held.
/// </remarks>
public sealed class BalanceGate : IAsyncDisposable
{
    private const long Key = 4242;

    private readonly NpgsqlConnection holder;

    private BalanceGate(NpgsqlConnection holder) => this.holder = holder;

    /// <summary>Makes the gate in a database that has the wallet tables, and closes it.</summary>
    /// <param name="database">The database. Its test needs one connection of its pool for the gate.</param>
    public static async Task<BalanceGate> CloseAsync(TestDatabase database)
    {
        ArgumentNullException.ThrowIfNull(database);
        await database.ExecuteAsync($"""
            CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            FOR look IN 1 .. 50 LOOP
              PERFORM pg_stat_clear_snapshot();
              IF EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND application_name LIKE '% load: %' AND state <> 'idle') THEN
                PERFORM pg_advisory_xact_lock_shared({Key});
                RETURN NULL;
              END IF;
              PERFORM pg_sleep(0.02);
            END LOOP;
            RETURN NULL; END $$;
            CREATE TRIGGER gate BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION gate()
            """);
        var gate = new BalanceGate(await database.DataSource.OpenConnectionAsync());
        await gate.ExecuteAsync($"SELECT pg_advisory_lock({Key})");
        return gate;
    }

    /// <summary>Opens the gate for good.</summary>
    public Task OpenAsync() => ExecuteAsync($"SELECT pg_advisory_unlock({Key})");

    /// <summary>Runs a statement in the session that keeps the gate.</summary>
    /// <param name="sql">The statement.</param>
    public async Task ExecuteAsync(string sql)
    {
#pragma warning disable CA2100 // Statements of tests.
        await using var command = new NpgsqlCommand(sql, holder);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => holder.DisposeAsync();
}
