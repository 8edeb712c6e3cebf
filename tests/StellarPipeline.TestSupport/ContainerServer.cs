using DotNet.Testcontainers.Builders;
using Testcontainers.PostgreSql;

namespace StellarPipeline.TestSupport;

/// <summary>
/// A PostgreSQL server in a container, for machines without PostgreSQL's programs. Testcontainers' own reaper removes it when the test
/// process ends.
/// </summary>
internal static class ContainerServer
{
    // The version against which the project is developed.
    private const string Image = "postgres:15";

    // Pulling an image can take long, but an engine that hangs must not block the tests.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    /// <summary>Starts the server.</summary>
    /// <returns>The connection string of its superuser; null and the reason in one line if it did not start.</returns>
    public static async Task<(string? ConnectionString, string Problem)> StartAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        try
        {
            // Never disposed: all tests of the process use it.
            PostgreSqlContainer container =
                new PostgreSqlBuilder(Image).WithCommand("-c", "max_connections=200", "-c", "fsync=off").Build();
            await container.StartAsync(limit.Token);
            return (container.GetConnectionString(), "");
        }
        catch (Exception error)
            when (error is DockerUnavailableException or InvalidOperationException or ArgumentException or HttpRequestException
                or TimeoutException or OperationCanceledException)
        {
            return (null, error.Message.Split('\n')[0].Trim());
        }
    }
}
