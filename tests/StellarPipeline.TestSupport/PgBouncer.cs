using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;
using StellarPipeline.Postgres.Embedded;
using Xunit;

namespace StellarPipeline.TestSupport;

/// <summary>A PgBouncer in transaction mode in front of its own server. Skips the test if PgBouncer is not installed.</summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private const int MaxPorts = 10;

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);
    private static readonly string[] Programs = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];

    private readonly EmbeddedServer server;
    private readonly Process process;
    private readonly string folder;

    private PgBouncer(EmbeddedServer server, Process process, string folder, string direct, string address)
    {
        this.server = server;
        this.process = process;
        this.folder = folder;
        Direct = direct;
        Address = address;
    }

    /// <summary>Connection string of the server itself.</summary>
    public string Direct { get; }

    /// <summary>URL through the pooler, without a query.</summary>
    public string Address { get; }

    /// <summary>Starts server and pooler.</summary>
    /// <param name="ignored">Parameters of the start-up packet that the pooler silently ignores; it refuses all others that it does not
    /// know.</param>
    public static async Task<PgBouncer> StartAsync(string ignored = "extra_float_digits")
    {
        string? program = Programs.FirstOrDefault(File.Exists);
        Skip.If(program is null, "PgBouncer is not installed (Debian: pgbouncer).");
        EmbeddedServer server =
            await PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { Transport = EmbeddedTransport.LoopbackTcp });
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        string folder = Directory.CreateTempSubdirectory("pipeline-pooler-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "users.txt"), $"\"{settings.Username}\" \"\"\n");
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        for (int attempt = 1; ; attempt++)
        {
            int port = FreePort();
            string configuration = Path.Combine(folder, "pgbouncer.ini");
            await File.WriteAllTextAsync(configuration, Configuration(settings, port, folder, ignored));
            (Process? process, string log) = await TryStartAsync(program!, configuration);
            if (process is not null)
            {
                return new PgBouncer(server, process, folder, server.ConnectionString,
                    $"postgres://{settings.Username}@127.0.0.1:{port}/{settings.Database}");
            }

            // Another process may have taken the port meanwhile.
            if (attempt < MaxPorts && log.Contains("cannot listen", StringComparison.Ordinal)) continue;
            await server.DisposeAsync();
            Directory.Delete(folder, recursive: true);
            throw new InvalidOperationException($"PgBouncer ended: {log}");
        }
    }

    /// <summary>Runs a query on the server itself.</summary>
    public async Task<T?> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Direct);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string Configuration(NpgsqlConnectionStringBuilder settings, int port, string folder, string ignored) => $"""
            [databases]
            * = host={settings.Host} port={settings.Port} user={settings.Username} password={settings.Password}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            auth_file = {Path.Combine(folder, "users.txt")}
            pool_mode = transaction
            ignore_startup_parameters = {ignored}
            """;

    /// <summary>Starts the pooler and waits until it says that it listens; no process if it has ended before.</summary>
    private static async Task<(Process? Process, string Log)> TryStartAsync(string program, string configuration)
    {
        string[] user = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
        var log = new StringBuilder();
        var isUp = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Process process =
            Process.Start(
                new ProcessStartInfo(program,
                    [.. user, configuration])
                { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (log) log.AppendLine(line.Data);
            if (line.Data is null) isUp.TrySetResult(false);
            else if (line.Data.Contains("process up", StringComparison.Ordinal)) isUp.TrySetResult(true);
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        try
        {
            if (await isUp.Task.WaitAsync(StartLimit)) return (process, "");
        }
        catch (TimeoutException)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
        process.Dispose();
        lock (log) return (null, log.ToString());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
