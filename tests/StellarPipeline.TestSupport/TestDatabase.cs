using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;

namespace StellarPipeline.TestSupport;

/// <summary>A database of one test. Disposing it drops it, with every session still in it and every role made for it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    // All tests of all processes share one server's disk: to make or drop a database can take long.
    private const int PatienceSeconds = 300;

    // Any number will do, as long as all processes that share a server take the same one.
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
        // A grant on a parameter changes a row that all databases of the server share.
        await using NpgsqlConnection? turn =
            sql.Contains(" ON PARAMETER ", StringComparison.Ordinal) ? await TakeTurnAsync(adminConnectionString) : null;
        await using NpgsqlCommand command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a query as the administrator and returns its first value; default for none or NULL.</summary>
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

    /// <summary>Makes a role that may log in and nothing else, with a generated password. It goes with the database.</summary>
    /// <param name="grants">Statements to run for the role; <c>{role}</c> stands for its name.</param>
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

    /// <summary>Ends other sessions of this database, as an administrator would with <c>pg_terminate_backend</c>.</summary>
    /// <param name="condition">Which rows of <c>pg_stat_activity</c>, such as <c>application_name = 'loader'</c>.</param>
    /// <returns>How many sessions were told to end.</returns>
    public async Task<long> TerminateSessionsAsync(string condition = "true") =>
        await QueryAsync<long>(
            $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
                + $"pg_backend_pid() AND ({condition})");

    /// <summary>
    /// Waits until this database has no such session of a client any more: a server notices only after a while that a client has gone.
    /// </summary>
    /// <param name="condition">Which rows of <c>pg_stat_activity</c>, such as <c>application_name = 'loader'</c>.</param>
    public async Task WaitForNoSessionsAsync(string condition = "true")
    {
        long started = Stopwatch.GetTimestamp();
        while (await RowsAsync(
            "SELECT pid, application_name, state, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
                + "pg_backend_pid() "
                + $"AND backend_type = 'client backend' AND ({condition})") is { Count: > 0 } left)
        {
            if (Stopwatch.GetElapsedTime(started).TotalSeconds > PatienceSeconds)
                throw new TimeoutException($"Sessions are left: {string.Join("; ", left)}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Waits until a session of this database waits for a lock of another one.</summary>
    /// <param name="waiter">What should come to wait: when it ends before, its error is thrown, or that it ended.</param>
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
                throw new TimeoutException("No session came to wait for a lock.");
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

    /// <summary>Makes or drops a database.</summary>
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
                // Somebody looks at the template, or a session that was told to end has not yet done so.
                await Task.Delay(Pause);
            }
        }
    }

    /// <summary>
    /// Waits until nobody else changes rows that all databases of the server share, of which PostgreSQL says "tuple concurrently updated"
    /// where two meet.
    /// </summary>
    /// <returns>The administrator's session whose end is the end of the turn.</returns>
    private static async Task<NpgsqlConnection> TakeTurnAsync(string adminConnectionString)
    {
        // Advisory locks belong to a database: only in one that all know does everybody take the same one.
        NpgsqlConnection connection = await ConnectAsync(adminConnectionString);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({SharedRowsLock})");
        return connection;
    }

    private static async Task<NpgsqlConnection> ConnectAsync(string connectionString)
    {
        // Not pooled: the session must not stay behind in a database that somebody wants to drop.
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
