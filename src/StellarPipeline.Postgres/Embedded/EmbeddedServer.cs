using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>
/// A private PostgreSQL server that runs the locally installed programs: for a first run without set-up, for tests, for measurements.
/// </summary>
/// <remarks>
/// <para>It listens on a unix socket in a folder of mode 0700 that only the server's operating system user and root can enter (on Windows:
/// on 127.0.0.1 with a generated password). It never runs as root: a root process starts it as the owner of an existing data directory,
/// else as <c>postgres</c>, else as <c>nobody</c>.</para>
/// <para>It does not outlive this process: <see cref="DisposeAsync"/> stops it. If the process dies first, a guard stops it (not on
/// Windows), and the next start removes what is left. Any number of servers can run side by side, one per data directory. Members may be
/// called from any thread.</para>
/// </remarks>
public sealed class EmbeddedServer : IAsyncDisposable
{
    private readonly ServerCluster cluster;
    private readonly RunDirectory run;
    private readonly OwnerLock? dataLock;
    private readonly ServerGuard? guard;
    private readonly EmbeddedServerOptions options;
    private readonly ILogger logger;
    private readonly SemaphoreSlim stopping = new(1, 1);
    private bool stopped;

    private EmbeddedServer(
        ServerCluster cluster, RunDirectory run, OwnerLock? dataLock, ServerGuard? guard, int processId, ServerConfiguration configuration,
            string connectionString, Version version,
        EmbeddedServerOptions options, ILogger logger)
    {
        this.cluster = cluster;
        this.run = run;
        this.dataLock = dataLock;
        this.guard = guard;
        this.options = options;
        this.logger = logger;
        ProcessId = processId;
        ConnectionString = connectionString;
        Version = version;
        SocketDirectory = configuration.Socket ? run.FullPath : null;
        PsqlCommandLine = PsqlCommand(configuration, cluster.Binaries, options.Database);
    }

    /// <summary>Npgsql connection string of the superuser <c>postgres</c>. On Windows it holds a password: do not log it.</summary>
    public string ConnectionString { get; }

    /// <summary>Version of the server, such as 15.18.</summary>
    public Version Version { get; }

    /// <summary>Full path of the data directory, without symbolic links.</summary>
    public string DataDirectory => cluster.DataDirectory;

    /// <summary>The folder with the socket; null if clients connect over TCP.</summary>
    public string? SocketDirectory { get; }

    /// <summary>Whether <see cref="DisposeAsync"/> removes the data directory.</summary>
    public bool IsTemporary => options.DataDirectory is null;

    /// <summary>Process id of the server's main process.</summary>
    public int ProcessId { get; }

    /// <summary>Operating system user that runs the server.</summary>
    public string Account => cluster.Account.Name;

    /// <summary>A command line that opens psql on this server while it runs. Holds no password.</summary>
    public string PsqlCommandLine { get; }

    /// <summary>The server's log since its start.</summary>
    public string ReadLog() => cluster.Log();

    /// <summary>Creates or reuses a data directory, starts a server on it, and waits until it answers a query.</summary>
    /// <param name="options">The data directory and the settings of the server.</param>
    /// <param name="logger">Receives one line for the start and one for the stop.</param>
    /// <param name="cancellationToken">Ends the start; nothing is left behind.</param>
    /// <exception cref="EmbeddedServerException">The options are invalid, no server programs were found, a folder cannot be used or is in
    /// use, or PostgreSQL failed to start (the message quotes the end of its log).</exception>
    public static async Task<EmbeddedServer> StartAsync(
        EmbeddedServerOptions options, ILogger logger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        if (options.Problems() is { Count: > 0 } problems)
            EmbeddedThrow.Options(problems);

        long started = Stopwatch.GetTimestamp();
        ServerBinaries binaries = await ServerBinaries.FindAsync(options.BinariesDirectory, cancellationToken).ConfigureAwait(false);
        if (options is { MustExist: true, DataDirectory: { } wanted } && !ServerCluster.Exists(Path.GetFullPath(wanted)))
            EmbeddedThrow.NoCluster(Path.GetFullPath(wanted));
        IReadOnlyList<string> roots = RunDirectory.Roots(options.TemporaryRoot);
        string? existing = options.DataDirectory is { } named && ServerCluster.Exists(named) ? named : null;
        ServerAccount account = await ServerAccount.ChooseAsync(existing, cancellationToken).ConfigureAwait(false);
        string? given =
            options.DataDirectory is null ? null : await DataDirectoryPlan.TakeOverAsync(options.DataDirectory, account, cancellationToken)
                .ConfigureAwait(false);
        if (given is not null)
            DataDirectoryPlan.Check(given, binaries);
        await LeftoverSweep.RunAsync(roots, binaries, account, logger, cancellationToken).ConfigureAwait(false);

        bool socket = UsesSocket(options.Transport, roots);
        RunDirectory run = await RunDirectory.CreateAsync(roots, account, socket, cancellationToken).ConfigureAwait(false);
        string physicalRun = await DataDirectoryPlan.PhysicalAsync(run.FullPath, cancellationToken).ConfigureAwait(false);
        var cluster = new ServerCluster(binaries, account, given ?? Path.Combine(physicalRun, "data"));
        OwnerLock? dataLock = null;
        ServerGuard? guard = null;
        bool mayRun = false;
        try
        {
            if (!ServerCluster.Exists(cluster.DataDirectory))
                await cluster.InitializeAsync(run, IsDurable(options), options.StartTimeout, cancellationToken).ConfigureAwait(false);
            if (given is not null)
                dataLock = await DataDirectoryPlan.TakeAsync(cluster, options.StopTimeout, logger, cancellationToken).ConfigureAwait(false);
            mayRun = true;

            var configuration = new ServerConfiguration(options, run, socket);
            string? password = socket ? null : cluster.Password();
            await configuration.WriteAsync(cluster.DataDirectory, IsDurable(options), password, account, cancellationToken).ConfigureAwait(
                false);
            guard = ServerGuard.Start(cluster, run.FullPath, given is null ? run.FullPath : null);
            int processId =
                await cluster.StartAsync(configuration.ConfigurationPath, options.StartTimeout, cancellationToken).ConfigureAwait(false);
            (string? connectionString, Version? version) =
                await ConnectAsync(configuration, password, cluster, options, cancellationToken).ConfigureAwait(false);
            var server =
                new EmbeddedServer(cluster, run, dataLock, guard, processId, configuration, connectionString, version, options, logger);
            PostgresLog.ServerStarted(
                logger, version, account.Name, Stopwatch.GetElapsedTime(started).TotalSeconds, cluster.DataDirectory,
                given is null ? " (temporary)" : "", server.PsqlCommandLine);
            return server;
        }
        catch
        {
            await CleanUpAsync(mayRun ? cluster : null, given is null ? TimeSpan.Zero : options.StopTimeout, guard, dataLock, run, logger)
                .ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops the server: open transactions are rolled back, and a shutdown checkpoint writes the committed data. A temporary
    /// server is shut down immediately, because its data is removed. A second call does nothing.</summary>
    /// <remarks>If the fast shutdown takes longer than <see cref="EmbeddedServerOptions.StopTimeout"/>, an immediate one follows, from
    /// which the next start recovers by itself.</remarks>
    /// <exception cref="EmbeddedServerException">The server did not stop; its folder was left in place.</exception>
    public async Task StopAsync()
    {
        await stopping.WaitAsync().ConfigureAwait(false);
        try
        {
            if (stopped)
                return;
            await cluster.StopAsync(IsTemporary ? TimeSpan.Zero : options.StopTimeout).ConfigureAwait(false);
            stopped = true;
            guard?.Release();
            guard?.Dispose();
            dataLock?.Release();
            PostgresLog.ServerStopped(logger, cluster.DataDirectory);
        }
        finally
        {
            stopping.Release();
        }
    }

    /// <summary>Stops the server and removes its run directory, which contains the data of a temporary server.</summary>
    /// <exception cref="EmbeddedServerException">See <see cref="StopAsync"/>.</exception>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await run.RemoveAsync().ConfigureAwait(false);
        stopping.Dispose();
    }

    /// <summary>Releases the locks and the guard's pipe without stopping the server, as if this process had died. For tests.</summary>
    /// <param name="guardToo">True if the guard is to stop the server; false as if the guard had been killed first.</param>
    internal void Abandon(bool guardToo)
    {
        if (!guardToo)
            guard?.Release();
        guard?.Dispose();
        dataLock?.Dispose();
        run.Lock.Dispose();
        stopped = true;
    }

    /// <summary>Undoes a failed start. Its own errors are only logged, because the first error is the one to report.</summary>
    private static async Task CleanUpAsync(
        ServerCluster? cluster, TimeSpan stopTimeout, ServerGuard? guard, OwnerLock? dataLock, RunDirectory run, ILogger logger)
    {
        try
        {
            if (cluster is not null)
                await cluster.StopAsync(stopTimeout).ConfigureAwait(false);
            guard?.Release();
            dataLock?.Release();
            await run.RemoveAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is EmbeddedServerException or TimeoutException or IOException or UnauthorizedAccessException)
        {
            PostgresLog.FailedStartLeft(logger, error, run.FullPath);
        }

        guard?.Dispose();
        dataLock?.Dispose();
        run.Lock.Dispose();
    }

    private static bool IsDurable(EmbeddedServerOptions options) => options.Durable ?? options.DataDirectory is not null;

    private static bool UsesSocket(EmbeddedTransport transport, IReadOnlyList<string> roots) => transport switch
    {
        EmbeddedTransport.UnixSocket => true,
        EmbeddedTransport.LoopbackTcp => false,
        _ => !OperatingSystem.IsWindows() && roots.Any(root => RunDirectory.SocketPathBytes(root) <= RunDirectory.MaxSocketPathBytes),
    };

    private static async Task<(string ConnectionString, Version Version)> ConnectAsync(
        ServerConfiguration configuration, string? password, ServerCluster cluster, EmbeddedServerOptions options,
        CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = configuration.Host,
            Port = configuration.Port,
            Username = ServerConfiguration.Superuser,
            Password = password,
            Database = "postgres",
            Timeout = (int)Math.Ceiling(Math.Min(options.StartTimeout.TotalSeconds, 1024)),
            Pooling = false,
        };
        try
        {
            var connection = new NpgsqlConnection(builder.ConnectionString);
            await using (connection.ConfigureAwait(false))
            {
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
                await CreateDatabaseAsync(connection, options.Database, cancellationToken).ConfigureAwait(false);
                builder.Database = options.Database;
                builder.Remove("Pooling");
                builder.Remove("Timeout");
                return (builder.ConnectionString, connection.PostgreSqlVersion);
            }
        }
        catch (NpgsqlException error)
        {
            EmbeddedThrow.StartFailed(cluster.DataDirectory, cluster.LogPath, cluster.Log() + "\n" + error.Message, error);
            throw;
        }
    }

    private static async Task CreateDatabaseAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        var look = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection);
        await using (look.ConfigureAwait(false))
        {
            look.Parameters.Add(new NpgsqlParameter { Value = database });
            if (await look.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not null)
                return;
        }

#pragma warning disable CA2100 // A database name cannot be a parameter; it is quoted as an identifier.
        var create = new NpgsqlCommand($"CREATE DATABASE \"{database.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
#pragma warning restore CA2100
        await using (create.ConfigureAwait(false))
            await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A command line that opens psql on a server. It does not set PGPASSFILE, which a TCP connection needs.</summary>
    internal static string PsqlCommand(string host, int port, ServerBinaries binaries, string database)
    {
        string program = File.Exists(binaries.Program("psql")) ? binaries.Program("psql") : "psql";
        return FormattableString.Invariant($"{program} -h {host} -p {port} -U {ServerConfiguration.Superuser} -d {database}");
    }

    private static string PsqlCommand(ServerConfiguration configuration, ServerBinaries binaries, string database)
    {
        string command = PsqlCommand(configuration.Host, configuration.Port, binaries, database);
        return configuration.Socket ? command : $"PGPASSFILE={configuration.PasswordPath} {command}";
    }
}
