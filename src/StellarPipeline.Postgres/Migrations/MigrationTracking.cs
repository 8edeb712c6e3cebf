using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>Reads and writes the tracking tables, and locks out other runners. It works in one schema, which is looked up once.</summary>
internal static class MigrationTracking
{
    private static readonly Backoff RunnerLooks = new(TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(200));

    /// <summary>Reads the recorded state with SELECTs only.</summary>
    /// <exception cref="MigrationException">There is no schema, or the role may not read a tracking table.</exception>
    public static async Task<MigrationState> ReadAsync(
        NpgsqlConnection connection, SessionDemands demands, IReadOnlyCollection<string> trackingTables,
        IReadOnlyCollection<string> createdTables,
            CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            (string? schema, string? role) = await EnterAsync(connection, demands, cancellationToken).ConfigureAwait(false);
            return await ReadAsync(connection, schema, role, trackingTables, createdTables, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Pins the search path of a transaction that has just begun, and checks the schema.</summary>
    /// <returns>The schema of the migrations, and the role.</returns>
    public static async Task<(string Schema, string Role)> EnterAsync(
        NpgsqlConnection connection, SessionDemands demands, CancellationToken cancellationToken)
    {
        SessionFacts facts = await SessionStart.EnterAsync(connection, demands, cancellationToken).ConfigureAwait(false);
        string? schema = demands.Schema ?? facts.Schema;
        if (schema is null)
            MigrationThrow.NoSchema(demands.OwnSearchPath ?? facts.SearchPath, facts.Role);
        return (schema, facts.Role);
    }

    /// <summary>Reads the recorded state inside a transaction whose search path is pinned.</summary>
    public static async Task<MigrationState> ReadAsync(
        NpgsqlConnection connection, string schema, string role, IReadOnlyCollection<string> trackingTables,
        IReadOnlyCollection<string> createdTables,
            CancellationToken cancellationToken)
    {
        try
        {
            var rows = new Dictionary<string, IReadOnlyDictionary<string, DateTimeOffset?>>(StringComparer.Ordinal);
            var unreadable = new List<string>();
            foreach ((string? table, bool mayRead,
                string? kind) in await ReadableAsync(connection, schema, trackingTables, cancellationToken)
                    .ConfigureAwait(false))
            {
                if (kind is not ("r" or "p"))
                    MigrationThrow.TrackingNotATable(schema, table);
                if (!mayRead)
                    unreadable.Add(table);
                else if (unreadable.Count == 0)
                    rows.Add(table, await RowsAsync(connection, schema, table, cancellationToken).ConfigureAwait(false));
            }

            if (unreadable.Count > 0)
                MigrationThrow.TrackingUnreadable(schema, unreadable, role);
            return new MigrationState(
                schema, role, rows, await TablesAsync(connection, schema, createdTables, cancellationToken).ConfigureAwait(false));
        }
        catch (PostgresException error)
        {
            MigrationThrow.ReadRefused(schema, error);
            throw;
        }
    }

    /// <summary>
    /// Refuses, before the first change, what the server would certainly refuse: a standby, a read-only session, a schema or tracking table
    /// that the role may not write.
    /// </summary>
    /// <param name="connection">The connection, in a transaction or not.</param>
    /// <param name="target">Database, server and user, for the message.</param>
    /// <param name="state">The state, as read.</param>
    /// <param name="files">The files to run.</param>
    /// <param name="isUp">The direction.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <exception cref="MigrationException">Kind <see cref="Dataflow.FailureKind.Usage"/>.</exception>
    public static async Task RequireWritableAsync(
        NpgsqlConnection connection, string target, MigrationState state, IReadOnlyList<(Migration Migration, string TrackingTable)> files,
        bool isUp, CancellationToken cancellationToken)
    {
        const string Sql = """
            SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only'),
              pg_catalog.has_schema_privilege($1::pg_catalog.text, 'CREATE'),
              ARRAY(SELECT pg_catalog.has_table_privilege(n.name, $3::pg_catalog.text) FROM pg_catalog.unnest($2::pg_catalog.text[]) AS
                n(name))
            """;
        string right = isUp ? "INSERT" : "DELETE";
        string[] tables = [.. files.Select(file => file.TrackingTable).Distinct().Where(state.TrackingTables.ContainsKey)];
        var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = state.Schema },
                new NpgsqlParameter<string[]> { TypedValue = [.. tables.Select(table => $"{Quote(state.Schema)}.{Quote(table)}")] },
                new NpgsqlParameter<string> { TypedValue = right },
            },
        };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (SessionFacts.WhyReadOnlyOf(reader.GetBoolean(0), reader.GetString(1) == "on") is { } why)
                    MigrationThrow.ReadOnly(target, why);
                bool creates = isUp
                    && files.Any(file => file.Migration.CreatedTables().Any() || !state.TrackingTables.ContainsKey(file.TrackingTable));
                if (creates && !reader.GetBoolean(2))
                    MigrationThrow.MayNotCreate(state.Schema, state.Role, [.. files.Select(file => file.Migration.Name)]);
                bool[] may = await reader.GetFieldValueAsync<bool[]>(3, cancellationToken).ConfigureAwait(false);
                for (int index = 0; index < tables.Length; index++)
                {
                    if (!may[index])
                        MigrationThrow.TrackingUnwritable(state.Schema, tables[index], state.Role, right);
                }
            }
        }
    }

    /// <summary>The statement that creates a tracking table, as go-gorp does for rubenv/sql-migrate.</summary>
    public static string CreateSql(string schema, string table) =>
        $"create table if not exists {Quote(schema)}.{Quote(table)} (\"id\" text not null primary key, \"applied_at\" timestamp with time "
            + $"zone)";

    /// <summary>The statement that records a migration.</summary>
    public static string InsertSql(string schema, string table) =>
        $"INSERT INTO {Quote(schema)}.{Quote(table)} (id, applied_at) VALUES ($1, clock_timestamp())";

    /// <summary>The statement that removes the record of a migration.</summary>
    public static string DeleteSql(string schema, string table) => $"DELETE FROM {Quote(schema)}.{Quote(table)} WHERE id = $1";

    /// <summary>Waits until no other runner works on this schema, and acquires the lock.</summary>
    /// <remarks>It polls instead of waiting in the server: a waiting statement would block the other runner's CREATE INDEX CONCURRENTLY
    /// forever.</remarks>
    /// <returns>The server process that holds the lock.</returns>
    /// <exception cref="MigrationException">The other runner did not finish in time.</exception>
    public static async Task<int> LockAsync(
        NpgsqlConnection connection, string schema, MigrationLock kind, TimeSpan timeout, Action<string> waiting,
        CancellationToken cancellationToken)
    {
        long key = await KeyAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        long started = TimeProvider.System.GetTimestamp();
        bool told = false;
        int looks = 0;
        string ask = kind == MigrationLock.OfTransaction
            ? "SELECT pg_catalog.pg_try_advisory_xact_lock($1)"
            : "SELECT pg_catalog.pg_try_advisory_lock($1)";
        while (!(bool)(await ScalarAsync(connection, ask, key, cancellationToken).ConfigureAwait(false))!)
        {
            string holder =
                await ScalarAsync(connection, HolderSql, key, cancellationToken).ConfigureAwait(false) as string ?? "it has just ended";
            if (TimeProvider.System.GetElapsedTime(started) >= timeout)
                MigrationThrow.RunnerTimeout(schema, timeout, holder);
            if (!told)
                waiting(holder);
            told = true;
            await RunnerLooks.WaitAsync(++looks, cancellationToken).ConfigureAwait(false);
        }

        return await BackendAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Releases a session-level lock, so that the next runner can continue.</summary>
    /// <returns>False if this session did not hold the lock.</returns>
    public static async Task<bool> UnlockAsync(NpgsqlConnection connection, string schema)
    {
        long key = await KeyAsync(connection, schema, CancellationToken.None).ConfigureAwait(false);
        return (bool)(await ScalarAsync(connection, "SELECT pg_catalog.pg_advisory_unlock($1)", key, CancellationToken.None).ConfigureAwait(
            false))!;
    }

    /// <summary>The role that statements run as.</summary>
    public static async Task<string> RoleAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("SELECT current_user::pg_catalog.text", connection);
        await using (command.ConfigureAwait(false))
            return (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>The server process that answers.</summary>
    public static async Task<int> BackendAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("SELECT pg_catalog.pg_backend_pid()", connection);
        await using (command.ConfigureAwait(false))
            return (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task<long> KeyAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken) =>
        (long)(await ScalarAsync(
            connection, "SELECT pg_catalog.hashtextextended('pipeline migrations in ' OPERATOR(pg_catalog.||) $1::pg_catalog.text, 0)",
            schema, cancellationToken).ConfigureAwait(false))!;

    // pg_locks shows a 64-bit advisory key as two 32-bit halves with objsubid 1 (PostgreSQL manual, pg_locks).
    private const string HolderSql = """
        SELECT format('server process %s, application %s', l.pid, coalesce(nullif(a.application_name, ''), 'without name'))
          FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::int8 << 32 | l.objid::int8) = $1
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         LIMIT 1
        """;

    private static async Task<List<(string Table, bool MayRead, string Kind)>> ReadableAsync(
        NpgsqlConnection connection, string schema, IReadOnlyCollection<string> tables, CancellationToken cancellationToken)
    {
        var found = new List<(string, bool, string)>();
        var command = new NpgsqlCommand(
            """
            SELECT c.relname::text, has_table_privilege(c.oid, 'SELECT'), c.relkind::text
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = $2 AND c.relname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
             ORDER BY array_position($1, c.relname::text)
            """, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = tables.ToArray() });
            command.Parameters.Add(new NpgsqlParameter { Value = schema });
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    found.Add((reader.GetString(0), reader.GetBoolean(1), reader.GetString(2)));
            }
        }

        return found;
    }

#pragma warning disable CA2100 // Names of schemas and tables cannot be parameters; they are quoted as identifiers.
    private static async Task<Dictionary<string, DateTimeOffset?>> RowsAsync(
        NpgsqlConnection connection, string schema, string table, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);
        var command = new NpgsqlCommand($"SELECT id, applied_at FROM {Quote(schema)}.{Quote(table)} ORDER BY id", connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows[reader.GetString(0)] = await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? null
                        : await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        return rows;
    }

    private static async Task<HashSet<string>> TablesAsync(
        NpgsqlConnection connection, string schema, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var tables = new HashSet<string>(StringComparer.Ordinal);
        var command = new NpgsqlCommand(
            """
            SELECT c.relname::text
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = $2 AND c.relname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
             ORDER BY 1
            """, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = names.ToArray() });
            command.Parameters.Add(new NpgsqlParameter { Value = schema });
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    tables.Add(reader.GetString(0));
            }
        }

        return tables;
    }

    private static async Task<object?> ScalarAsync(
        NpgsqlConnection connection, string sql, object parameter, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }
#pragma warning restore CA2100

    /// <summary>Quotes an identifier.</summary>
    public static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
