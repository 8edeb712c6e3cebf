using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using Xunit;

namespace StellarPipeline.TestSupport;

/// <summary>A database of one test. Disposing it ends its sessions and drops it together with its roles.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    // The tests of all processes share one disk, so creating or dropping a database can take long.
    private const int PatienceSeconds = 300;

    // An arbitrary number, but the same one in all processes that share a server.
    private const long SharedRowsLock = 0x7069_7065_6c69_6e65;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly string adminConnectionString;
    private readonly List<TestRole> roles = [];

    private TestDatabase(string adminConnectionString, string name)
    {
        this.adminConnectionString = adminConnectionString;
        Name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(adminConnectionString) { Database = name }.ConnectionString;
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <summary>Name of the database.</summary>
    public string Name { get; }

    /// <summary>Connection string of the administrator in this database.</summary>
    public string ConnectionString { get; }

    /// <summary>Connections of the administrator to this database.</summary>
    public NpgsqlDataSource DataSource { get; }

    internal static async Task<TestDatabase> CreateAsync(string adminConnectionString)
    {
        string name = "pipeline_test_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        await ChangeDatabasesAsync(adminConnectionString, $"CREATE DATABASE {name}");
        return new TestDatabase(adminConnectionString, name);
    }

    /// <summary>Runs statements as the administrator.</summary>
    public async Task ExecuteAsync(string sql)
    {
        // A grant on a parameter changes a catalogue row that all databases of the server share.
        await using NpgsqlConnection? turn =
            sql.Contains(" ON PARAMETER ", StringComparison.Ordinal) ? await TakeTurnAsync(adminConnectionString) : null;
        await using NpgsqlCommand command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a query as the administrator and returns its first value; default if there is none or it is NULL.</summary>
    public async Task<T?> QueryAsync<T>(string sql)
    {
        await using NpgsqlCommand command = DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    /// <summary>Runs a query as the administrator and returns each row as text, columns joined by <c>|</c> and NULL as <c>-</c>.</summary>
    public async Task<List<string>> RowsAsync(string sql)
    {
        var rows = new List<string>();
        await using NpgsqlCommand command = DataSource.CreateCommand(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(
                column => reader.IsDBNull(column)
                    ? "-"
                    : Convert.ToString(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture))));
        }

        return rows;
    }

    /// <summary>Creates a role that may only log in, with a generated password. It is dropped with the database.</summary>
    /// <param name="grants">Statements to run for the role; <c>{role}</c> is replaced by its name.</param>
    public async Task<TestRole> CreateRoleAsync(params string[] grants)
    {
        string name = "pipeline_role_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        string password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await ExecuteAsync($"CREATE ROLE {name} LOGIN PASSWORD '{password}'");
        var role = new TestRole(
            name,
            new NpgsqlConnectionStringBuilder(ConnectionString) { Username = name, Password = password, Passfile = null }.ConnectionString);
        roles.Add(role);
        foreach (string grant in grants)
            await ExecuteAsync(grant.Replace("{role}", name, StringComparison.Ordinal));
        return role;
    }

    /// <summary>Creates the extension TimescaleDB; skips the test if the server does not have it.</summary>
    public async Task RequireTimescaleAsync()
    {
        bool has =
            await QueryAsync<bool>(
                "SELECT current_setting('shared_preload_libraries') LIKE '%timescaledb%' AND EXISTS (SELECT FROM pg_available_extensions "
                    + "WHERE name = 'timescaledb')");
        Skip.IfNot(has, "The test server has no TimescaleDB: name one that preloads it in PIPELINE_TEST_DATABASE.");
        await ExecuteAsync("CREATE EXTENSION IF NOT EXISTS timescaledb");
    }

    /// <summary>Terminates other sessions of this database with <c>pg_terminate_backend</c>.</summary>
    /// <param name="condition">A condition on <c>pg_stat_activity</c>, such as <c>application_name = 'loader'</c>.</param>
    /// <returns>The number of sessions that were signalled.</returns>
    public async Task<long> TerminateSessionsAsync(string condition = "true") =>
        await QueryAsync<long>(
            $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
                + $"pg_backend_pid() AND ({condition})");

    /// <summary>
    /// Waits until no client session of this database meets a condition: a server notices a disconnected client only after a while.
    /// </summary>
    /// <param name="condition">A condition on <c>pg_stat_activity</c>, such as <c>application_name = 'loader'</c>.</param>
    public async Task WaitForNoSessionsAsync(string condition = "true")
    {
        long started = Stopwatch.GetTimestamp();
        while (await RowsAsync(
            "SELECT pid, application_name, state, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
                + "pg_backend_pid() "
                + $"AND backend_type = 'client backend' AND ({condition})") is { Count: > 0 } left)
        {
            if (Stopwatch.GetElapsedTime(started).TotalSeconds > PatienceSeconds)
                throw new TimeoutException($"These sessions did not end: {string.Join("; ", left)}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Waits until a session of this database waits for a lock.</summary>
    /// <param name="waiter">The work that is expected to wait. If it ends first, this throws its error, or an error that it ended.</param>
    public async Task WaitForLockWaitAsync(Task waiter)
    {
        ArgumentNullException.ThrowIfNull(waiter);
        long started = Stopwatch.GetTimestamp();
        while (await QueryAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
        {
            if (waiter.IsCompleted)
                await waiter;
            if (waiter.IsCompleted || Stopwatch.GetElapsedTime(started).TotalSeconds > PatienceSeconds)
                throw new TimeoutException("No session waited for a lock.");
            await Task.Delay(Pause);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (TestRole role in roles)
            await role.DataSource.DisposeAsync();
        await DataSource.DisposeAsync();
        try
        {
            await ChangeDatabasesAsync(adminConnectionString, $"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
            if (roles.Count == 0)
                return;
            await using NpgsqlConnection turn = await TakeTurnAsync(adminConnectionString);
            foreach (TestRole role in roles)
                await ExecuteAsync(turn, $"DROP OWNED BY {role.Name}; DROP ROLE {role.Name}");
        }
        catch (NpgsqlException error) when (error is not PostgresException)
        {
            // The test killed the server; its databases went with it.
        }
    }

    /// <summary>Creates or drops a database.</summary>
    private static async Task ChangeDatabasesAsync(string connectionString, string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync(connectionString);
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await ExecuteAsync(connection, sql);
                return;
            }
            catch (PostgresException error)
                when (error.SqlState == PostgresErrorCodes.ObjectInUse && Stopwatch.GetElapsedTime(started).TotalSeconds < PatienceSeconds)
            {
                // The template is in use, or a terminated session has not ended yet.
                await Task.Delay(Pause);
            }
        }
    }

    /// <summary>
    /// Waits for the lock on changes of catalogue rows that all databases of the server share. Two concurrent changes would fail with
    /// "tuple concurrently updated".
    /// </summary>
    /// <returns>The administrator's session with the lock; closing it releases the lock.</returns>
    private static async Task<NpgsqlConnection> TakeTurnAsync(string adminConnectionString)
    {
        // Advisory locks belong to a database, so all processes must use the same database.
        NpgsqlConnection connection = await ConnectAsync(adminConnectionString);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({SharedRowsLock})");
        return connection;
    }

    private static async Task<NpgsqlConnection> ConnectAsync(string connectionString)
    {
        // Not pooled: the session must not remain in a database that is to be dropped.
        var connection =
            new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 60 }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = PatienceSeconds };
        await command.ExecuteNonQueryAsync();
    }
}
