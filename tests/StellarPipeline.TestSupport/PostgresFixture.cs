using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Embedded;
using Xunit;

namespace StellarPipeline.TestSupport;

/// <summary>One PostgreSQL server for all tests of a process: the one that PIPELINE_TEST_DATABASE names, else a private one from local
/// programs, else one that Testcontainers starts where a container engine answers; skips where there is none of them.</summary>
/// <remarks>
/// Use it as <c>IClassFixture&lt;PostgresFixture&gt;</c>, or make one anywhere: every instance shares the same server, which starts at
/// first use and ends with the process (its guard sees to that even when the test runner is killed). Each test makes its own database.
/// </remarks>
public sealed class PostgresFixture
{
    /// <summary>Name of the variable with the address of a server's administration database: an Npgsql connection string or a URL. Its user
    /// must be able to create databases and roles.</summary>
    public const string Variable = "PIPELINE_TEST_DATABASE";

    private static readonly Lazy<Task<SharedServer>> Shared = new(StartAsync);

    /// <summary>The private server, or null when the tests use the one of PIPELINE_TEST_DATABASE. Skips where there is no server.</summary>
    public static async Task<EmbeddedServer?> PrivateServerAsync() => (await ServerAsync()).Embedded;

    /// <summary>
    /// Connection string of the administration database, with a user that may do everything. Skips where there is no server.
    /// </summary>
    public static async Task<string> AdminConnectionStringAsync() => (await ServerAsync()).ConnectionString;

    /// <summary>Makes a fresh, empty database, which is dropped when it is disposed. Skips where there is no server.</summary>
    public static async Task<TestDatabase> CreateDatabaseAsync() => await TestDatabase.CreateAsync((await ServerAsync()).ConnectionString);

    /// <summary>
    /// Starts a server of its own for tests that stop or kill it, or need other settings. Skips where no PostgreSQL programs are installed.
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
            // A port that was free when it was chosen may be somebody's when the server comes to listen.
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
    /// Kills a private server's main process with SIGKILL, as the kernel does when memory runs out. Its other processes end by themselves.
    /// </summary>
    public static void Kill(EmbeddedServer server)
    {
        using var process = System.Diagnostics.Process.GetProcessById(server.ProcessId);
        process.Kill();
    }

    /// <summary>Has a private server stop as for a restart (SIGINT): sessions are ended, and it is down soon after.</summary>
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
            // Without a name of ours: tests look for the sessions of the loads that they start.
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
                    "", null, $"No PostgreSQL for tests: set {Variable}, or: {error.Message} Or run a container engine: {problem}");
        }
    }

    private sealed record SharedServer(string ConnectionString, EmbeddedServer? Embedded, string? SkipReason);
}
