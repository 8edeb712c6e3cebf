using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>The measured server: a private one, or the one that the user named. Each measurement gets its own database.</summary>
/// <remarks>
/// The private server is durable (fsync and full_page_writes on) and has the settings of initdb except these: wal_level replica, so that
/// the load is logged as on a server with a standby or backups; shared_buffers 1 GB; max_wal_size 16 GB and checkpoint_timeout 1 hour, so
/// that no checkpoint runs during a measurement; autovacuum off, so that no round disturbs the next.
/// </remarks>
internal sealed class CostServer : IAsyncDisposable
{
    private readonly EmbeddedServerOptions? how;
    private EmbeddedServer? embedded;
    private ConnectionSettings address;
    private NpgsqlDataSource maintenance;

    private CostServer(ConnectionSettings address, EmbeddedServer? embedded, EmbeddedServerOptions? how)
    {
        this.embedded = embedded;
        this.how = how;
        this.address = address;
        maintenance = address.CreateDataSource();
    }

    /// <summary>Name of the measurement's database, which includes the process id.</summary>
    public string Database { get; } = FormattableString.Invariant($"pipeline_foreign_keys_{Environment.ProcessId}");

    /// <summary>Whether the server was started for this run.</summary>
    public bool IsPrivate => embedded is not null;

    /// <summary>Folder of the private server's data; null for another server.</summary>
    public string? DataDirectory => embedded?.DataDirectory;

    /// <summary>Starts the server, or connects to the one that the user named.</summary>
    /// <param name="options">The address, or the private server's folder.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <param name="library">A library that a private server loads at its start; null for none. A server with it can be restarted.</param>
    public static async Task<CostServer> OpenAsync(CostOptions options, CancellationToken cancellationToken, string? library = null)
    {
        if (options.Database is { } named) return new CostServer(ConnectionSettings.Parse(named), null, null);
        string folder = Path.Combine(
            options.ServerDirectory ?? Path.GetTempPath(), FormattableString.Invariant($"pipeline-costs-{Environment.ProcessId}"));
        var server = new EmbeddedServerOptions
        {
            TemporaryRoot = options.ServerDirectory,
            DataDirectory = library is null ? null : folder,
            Durable = true,
            SharedBuffersBytes = 1L << 30,
            MaxWalBytes = 16L << 30,
            CheckpointTimeout = TimeSpan.FromHours(1),
            MaintenanceWorkMemoryBytes = 64L << 20,
            Settings = new Dictionary<string, string>
            {
                ["wal_level"] = "replica", ["max_wal_senders"] = "10", ["autovacuum"] = "off", ["shared_preload_libraries"] = library ?? "",
                // A scheduler's session would prevent copies of its database.
                ["timescaledb.max_background_workers"] = "0",
            },
        };
        EmbeddedServer embedded = await EmbeddedServer.StartAsync(server, NullLogger.Instance, cancellationToken);
        return new CostServer(ConnectionSettings.Parse(embedded.ConnectionString), embedded, server);
    }

    /// <summary>Restarts the private server, which empties its memory.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        if (embedded is null || how?.DataDirectory is null) throw LoadTestException.Failed("This server cannot be restarted.");
        await maintenance.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await embedded.DisposeAsync();
        embedded = await EmbeddedServer.StartAsync(how, NullLogger.Instance, cancellationToken);
        address = ConnectionSettings.Parse(embedded.ConnectionString);
        maintenance = address.CreateDataSource();
    }

    /// <summary>Connections to the measurement's database.</summary>
    public NpgsqlDataSource Connect() => address.WithDatabase(Database).CreateDataSource();

    /// <summary>Creates the database with empty tables, and a checkpoint, so that all measurements start with the same state.</summary>
    /// <returns>Connections to it, one of them already open; the caller disposes them.</returns>
    public async Task<NpgsqlDataSource> NewDatabaseAsync(bool withForeignKey, CancellationToken cancellationToken)
    {
        await DropDatabaseAsync(cancellationToken);
        await ScalarAsync(
            maintenance, $"CREATE DATABASE {CopyTable.Quote(Database)} TEMPLATE template0 ENCODING 'UTF8'", cancellationToken);
        NpgsqlDataSource connections = Connect();
        try
        {
            await ScalarAsync(connections, CostTables.Definition(withForeignKey), cancellationToken);
            await CheckpointAsync(cancellationToken);
            return connections;
        }
        catch
        {
            await connections.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a copy of a database, and a checkpoint.</summary>
    /// <param name="name">Its name; a database of that name is dropped first.</param>
    /// <param name="template">The database to copy; template0 for an empty one.</param>
    /// <param name="cancellationToken">Cancels the statements.</param>
    /// <returns>Its address.</returns>
    public async Task<ConnectionSettings> CopyDatabaseAsync(string name, string template, CancellationToken cancellationToken)
    {
        await ScalarAsync(maintenance, $"DROP DATABASE IF EXISTS {CopyTable.Quote(name)} WITH (FORCE)", cancellationToken);
        await ScalarAsync(maintenance, $"CREATE DATABASE {CopyTable.Quote(name)} TEMPLATE {CopyTable.Quote(template)}", cancellationToken);
        await CheckpointAsync(cancellationToken);
        return address.WithDatabase(name);
    }

    public Task DropDatabaseAsync(CancellationToken cancellationToken) =>
        ScalarAsync(maintenance, $"DROP DATABASE IF EXISTS {CopyTable.Quote(Database)} WITH (FORCE)", cancellationToken);

    /// <summary>
    /// The insert position of the write-ahead log. The flush position may be lower: with synchronous_commit off, COMMIT does not flush.
    /// </summary>
    public async Task<string> WalPositionAsync(CancellationToken cancellationToken) =>
        (string)(await ScalarAsync(maintenance, "SELECT pg_current_wal_insert_lsn()::text", cancellationToken))!;

    /// <summary>Write-ahead log since a position, in bytes.</summary>
    public async Task<long> WalBytesSinceAsync(string position, CancellationToken cancellationToken) =>
        (long)(await ScalarAsync(
            maintenance, $"SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '{position}')::bigint", cancellationToken))!;

    /// <summary>Settings that affect the cost, by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> SettingsAsync(CancellationToken cancellationToken)
    {
        const string Query = """
            SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('server_version', 'wal_level', 'shared_buffers',
              'max_wal_size', 'checkpoint_timeout', 'fsync', 'full_page_writes',
              'wal_compression', 'maintenance_work_mem', 'work_mem', 'max_parallel_maintenance_workers', 'max_parallel_workers_per_gather',
                'autovacuum', 'data_checksums', 'jit')
            """;
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await using NpgsqlCommand command = maintenance.CreateCommand(Query);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) settings.Add(reader.GetString(0), reader.GetString(1));
        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        if (embedded is null) await DropDatabaseAsync(CancellationToken.None);
        await maintenance.DisposeAsync();
        if (embedded is not null) await embedded.DisposeAsync();
        if (how?.DataDirectory is { } folder && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    public static async Task<object?> ScalarAsync(NpgsqlDataSource connections, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Only constants, quoted identifiers, and a position from the server.
        await using NpgsqlCommand command = connections.CreateCommand(sql);
#pragma warning restore CA2100
        command.CommandTimeout = 0;
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Runs CHECKPOINT; without the right to do so, measurements include automatic checkpoints.</summary>
    private async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ScalarAsync(maintenance, "CHECKPOINT", cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // The spread of the rounds shows the effect.
        }
    }
}
