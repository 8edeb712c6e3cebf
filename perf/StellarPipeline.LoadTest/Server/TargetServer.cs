using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.LoadTest.Server;

/// <summary>The measured server: a private one, or the one that the user named. Each measurement gets its own database.</summary>
internal sealed class TargetServer : IAsyncDisposable
{
    private readonly ConnectionSettings maintenance;
    private readonly EmbeddedServer? embedded;
    private readonly ILoggerFactory loggers;
    private readonly string database = FormattableString.Invariant($"pipeline_load_test_{System.Environment.ProcessId}");
    private readonly string template = FormattableString.Invariant($"pipeline_load_test_{System.Environment.ProcessId}_template");
    private bool hasTemplate;

    private TargetServer(ConnectionSettings maintenance, EmbeddedServer? embedded, ILoggerFactory loggers)
    {
        this.maintenance = maintenance;
        this.embedded = embedded;
        this.loggers = loggers;
        Settings = maintenance.WithDatabase(database);
    }

    /// <summary>The address of the measured database. It may contain a password.</summary>
    public ConnectionSettings Settings { get; }

    /// <summary>
    /// The same address for a command line, which other users of the machine can read. A password is passed in <see cref="Environment"/>.
    /// </summary>
    public string AddressWithoutPassword =>
        new NpgsqlConnectionStringBuilder(Settings.ConnectionString) { Password = null }.ConnectionString;

    /// <summary>The address as environment variables of libpq and Npgsql.</summary>
    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            var builder = new NpgsqlConnectionStringBuilder(Settings.ConnectionString);
            var variables = new Dictionary<string, string>
            {
                ["PGHOST"] = builder.Host!,
                ["PGPORT"] = builder.Port.ToString(CultureInfo.InvariantCulture), ["PGDATABASE"] = builder.Database!
            };
            if (builder.Username is { } user) variables.Add("PGUSER", user);
            if (builder.Password is { } password) variables.Add("PGPASSWORD", password);
            return variables;
        }
    }

    /// <summary>Whether the server was started for this run.</summary>
    public bool IsPrivate => embedded is not null;

    /// <summary>Whether the address is a Unix socket or a loopback address.</summary>
    public bool IsLocal =>
        Settings.Host.StartsWith('/') || Settings.Host == "localhost"
            || (IPAddress.TryParse(Settings.Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    public static async Task<TargetServer> OpenAsync(LoadTestOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (options.Database is { } address) return new TargetServer(ConnectionSettings.Parse(address), null, loggers);
        EmbeddedServer server =
            await EmbeddedServer.StartAsync(ServerSetup.For(options), loggers.CreateLogger("server"), cancellationToken);
        return new TargetServer(ConnectionSettings.Parse(server.ConnectionString), server, loggers);
    }

    /// <summary>
    /// Creates a database with the empty tables of all migrations, and a checkpoint, so that all measurements start with the same state.
    /// </summary>
    /// <returns>Connections to it; the caller disposes them.</returns>
    public async Task<NpgsqlDataSource> NewDatabaseAsync(CancellationToken cancellationToken)
    {
        if (!hasTemplate) await MakeTemplateAsync(cancellationToken);
        await ExecuteAsync($"CREATE DATABASE {CopyTable.Quote(database)} TEMPLATE {CopyTable.Quote(template)}", cancellationToken);
        await CheckpointAsync(cancellationToken);
        return Settings.CreateDataSource(loggers);
    }

    /// <summary>Drops the database of the measurement.</summary>
    public Task DropDatabaseAsync(CancellationToken cancellationToken) => ExecuteAsync(DropOf(database), cancellationToken);

    /// <summary>The position of the write-ahead log, in bytes.</summary>
    public async Task<long> WalPositionAsync(CancellationToken cancellationToken) =>
        (long)(decimal)(await ScalarAsync("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')", cancellationToken))!;

    /// <summary>CPU time of the sessions that have ended, seconds; null if the server is not private.</summary>
    public double? SessionCpuSeconds() => embedded is null ? null : ProcessUsage.OfEndedChildren(embedded.ProcessId);

    /// <summary>Checks that the server can read a file of this machine, and that it is the same file.</summary>
    /// <returns>Null if so; otherwise the reason.</returns>
    public async Task<string?> CannotReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            object? bytes = await ScalarAsync(
                $"SELECT size FROM pg_stat_file('{file.Replace("'", "''", StringComparison.Ordinal)}', true)", cancellationToken);
            if (bytes is not long size) return $"the server does not see {file}";
            if (size != new FileInfo(file).Length) return $"the server sees another file at {file}";
            await ScalarAsync(
                $"SELECT length(pg_read_binary_file('{file.Replace("'", "''", StringComparison.Ordinal)}', 0, 1))", cancellationToken);
            return null;
        }
        catch (PostgresException error)
        {
            return $"the server may not read {file} ({error.MessageText}); choose a folder with --data that the server's user can read";
        }
    }

    /// <summary>Checks that the role may load without foreign-key checks, as the ceiling does.</summary>
    /// <returns>Null if so; otherwise the reason.</returns>
    public async Task<string?> CannotReplicateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync("SET session_replication_role = replica", cancellationToken);
            return null;
        }
        catch (PostgresException error)
        {
            return $"the role may not set session_replication_role ({error.MessageText})";
        }
    }

    /// <summary>Closes the connections and waits until their sessions have ended: only then the server counts their CPU time.</summary>
    public async Task EndSessionsAsync(NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        connections.Clear();
        if (embedded is null) return;
        for (int attempt = 0; attempt < 250 && ProcessUsage.HasChildOf(embedded.ProcessId, database); attempt++)
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
    }

    /// <summary>Reads the server settings that affect the speed of a load.</summary>
    public async Task<IReadOnlyDictionary<string, string>> SettingsAsync(CancellationToken cancellationToken)
    {
        const string Names =
            "'server_version','shared_buffers','wal_level','max_wal_size','checkpoint_timeout','fsync','full_page_writes',"
                + "'synchronous_commit','wal_compression','wal_buffers','maintenance_work_mem','max_parallel_maintenance_workers',"
                + "'autovacuum','data_checksums','jit'";
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await using NpgsqlDataSource connections = maintenance.CreateDataSource(loggers);
        await using NpgsqlCommand command =
            connections.CreateCommand($"SELECT name, current_setting(name) FROM pg_settings WHERE name IN ({Names})");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) settings.Add(reader.GetString(0), reader.GetString(1));
        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        if (embedded is not null)
        {
            await embedded.DisposeAsync();
        }
        else
        {
            await DropDatabaseAsync(CancellationToken.None);
            await ExecuteAsync(DropOf(template), CancellationToken.None);
        }
    }

    /// <summary>Runs the migrations once, in a template; each measurement copies it.</summary>
    private async Task MakeTemplateAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync($"CREATE DATABASE {CopyTable.Quote(template)} TEMPLATE template0 ENCODING 'UTF8'", cancellationToken);
        await using (NpgsqlDataSource connections = maintenance.WithDatabase(template).CreateDataSource(loggers))
        {
            await new MigrationRunner(connections, WalletSchema.Migrations, new MigrationRunnerOptions(),
                loggers.CreateLogger("schema")).UpAsync(null, cancellationToken);
            await EndSessionsAsync(connections, cancellationToken);
        }

        hasTemplate = true;
    }

    private static string DropOf(string name) => $"DROP DATABASE IF EXISTS {CopyTable.Quote(name)} WITH (FORCE)";

    /// <summary>Runs CHECKPOINT; without the right to do so, measurements include automatic checkpoints.</summary>
    private async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync("CHECKPOINT", cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            loggers.CreateLogger("server").LogWarning("No CHECKPOINT before the measurements: {Reason}", error.MessageText);
        }
    }

    private Task<object?> ExecuteAsync(string sql, CancellationToken cancellationToken) => ScalarAsync(sql, cancellationToken);

    private async Task<object?> ScalarAsync(string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource connections = maintenance.CreateDataSource(loggers);
#pragma warning disable CA2100 // Only constants, quoted identifiers and escaped literals.
        await using NpgsqlCommand command = connections.CreateCommand(sql);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
