using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Embedded;
using Xunit;

namespace StellarPipeline.TestSupport;

/// <summary>One PostgreSQL server for all tests of a process: the one that PIPELINE_TEST_DATABASE names, else a private one from local
/// programs, else one that Testcontainers starts if a container engine is available; otherwise skips the test.</summary>
/// <remarks>
/// Use it as <c>IClassFixture&lt;PostgresFixture&gt;</c>, or create one anywhere: all instances share the same server, which starts at
/// first use and ends with the process (its guard ends it even if the test runner is killed). Each test creates its own database.
/// </remarks>
public sealed class PostgresFixture
{
    /// <summary>Name of the variable with the address of a server's administration database: an Npgsql connection string or a URL. Its user
    /// must have the right to create databases and roles.</summary>
    public const string Variable = "PIPELINE_TEST_DATABASE";

    private static readonly Lazy<Task<SharedServer>> Shared = new(StartAsync);

    /// <summary>The private server; null if the tests use another one. Skips the test if there is no server.</summary>
    public static async Task<EmbeddedServer?> PrivateServerAsync() => (await ServerAsync()).Embedded;

    /// <summary>
    /// Connection string of the administration database and its administrator. Skips the test if there is no server.
    /// </summary>
    public static async Task<string> AdminConnectionStringAsync() => (await ServerAsync()).ConnectionString;

    /// <summary>Creates an empty database, which is dropped when it is disposed. Skips the test if there is no server.</summary>
    public static async Task<TestDatabase> CreateDatabaseAsync() => await TestDatabase.CreateAsync((await ServerAsync()).ConnectionString);

    /// <summary>
    /// Starts a separate server for tests that stop or kill it, or need other settings. Skips the test if PostgreSQL is not installed.
    /// </summary>
    public static async Task<EmbeddedServer> StartPrivateServerAsync(EmbeddedServerOptions? options = null)
    {
        options ??= SmallOptions;
        try
        {
            return await EmbeddedServer.StartAsync(options, NullLogger.Instance);
        }
        catch (EmbeddedServerException error)
            when (options.Transport == EmbeddedTransport.LoopbackTcp && error.Message.Contains("could not bind", StringComparison.Ordinal))
        {
            // Another process may have taken the chosen port before the server listened on it.
            return await EmbeddedServer.StartAsync(options, NullLogger.Instance);
        }
        catch (EmbeddedServerException error) when (error.Message.StartsWith("No PostgreSQL server programs", StringComparison.Ordinal))
        {
            throw new SkipException(error.Message);
        }
    }

    /// <summary>Options of a small private server.</summary>
    public static EmbeddedServerOptions SmallOptions =>
        new() { SharedBuffersBytes = 64L << 20, MaintenanceWorkMemoryBytes = 64L << 20, MaxWalBytes = 1L << 30, MaxConnections = 200 };

    /// <summary>
    /// Kills a private server's main process with SIGKILL, like the kernel when memory runs out. Its other processes then end themselves.
    /// </summary>
    public static void Kill(EmbeddedServer server)
    {
        using var process = System.Diagnostics.Process.GetProcessById(server.ProcessId);
        process.Kill();
    }

    /// <summary>Starts a fast shutdown of a private server (SIGINT): it terminates all sessions and stops soon after.</summary>
    public static void StopFast(EmbeddedServer server)
    {
        using var kill = System.Diagnostics.Process.Start(
            "kill", ["-INT", server.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static async Task<SharedServer> ServerAsync()
    {
        SharedServer server = await Shared.Value;
        Skip.If(server.SkipReason is not null, server.SkipReason);
        return server;
    }

    private static async Task<SharedServer> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } address)
        {
            // Without an application name: tests search for the sessions of their loads by name.
            var settings = new NpgsqlConnectionStringBuilder(ConnectionSettings.Parse(address).ConnectionString) { ApplicationName = null };
            return new SharedServer(settings.ConnectionString, null, null);
        }

        try
        {
            EmbeddedServer server = await EmbeddedServer.StartAsync(SmallOptions, NullLogger.Instance);
            return new SharedServer(server.ConnectionString, server, null);
        }
        catch (EmbeddedServerException error)
        {
            (string? connectionString, string? problem) = await ContainerServer.StartAsync();
            return connectionString is not null
                ? new SharedServer(connectionString, null, null)
                : new SharedServer(
                    "", null, $"No PostgreSQL for tests: set {Variable}. No private server: {error.Message} No container: {problem}");
        }
    }

    private sealed record SharedServer(string ConnectionString, EmbeddedServer? Embedded, string? SkipReason);
}
