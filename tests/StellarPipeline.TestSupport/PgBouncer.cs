using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using StellarPipeline.Postgres.Embedded;
using Xunit;

namespace StellarPipeline.TestSupport;

/// <summary>A PgBouncer in transaction mode in front of its own server. Skips the test if PgBouncer is not installed.</summary>
public sealed class PgBouncer : IAsyncDisposable
{
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
        int port = FreePort();
        string configuration = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(configuration, $"""
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
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "users.txt"), $"\"{settings.Username}\" \"\"\n");
        string[] user = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
        if (!OperatingSystem.IsWindows() && user.Length > 0)
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        Process process =
            Process.Start(
                new ProcessStartInfo(program!,
                    [.. user, "-q", configuration])
                { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var pooler = new PgBouncer(
            server, process, folder, server.ConnectionString, $"postgres://{settings.Username}@127.0.0.1:{port}/{settings.Database}");
        await pooler.WaitAsync(port);
        return pooler;
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

    private async Task WaitAsync(int port)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (!process.HasExited && Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(20);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
