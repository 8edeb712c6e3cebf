using System.Diagnostics;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>
/// The whole server is killed (SIGKILL to its main process) at moments of a load, restarted, and must hold what it held before.
/// </summary>
public sealed class ServerKilledTests(FaultBench bench) : IClassFixture<FaultBench>
{
    [SkippableFact]
    public async Task RunAsync_ServerKilledAtEachMoment_RestartsAsItWasAndTheNextLoadWorks()
    {
        _ = bench.Database; // Skips where there is no server.
        string data = Path.Combine(Path.GetTempPath(), "pipeline-killed-" + Guid.NewGuid().ToString("N"));
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { DataDirectory = data };
        EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync(options);
        try
        {
            await bench.LoadAsync(server.ConnectionString, new PopulateOptions());
            foreach ((string text, bool rebuilds) in new[]
            {
                ("BEGIN", false),
                ("PGCOPY", false),
                ("CREATE UNIQUE INDEX", true),
                ("ANALYZE", false),
                ("COMMIT\0", false),
            })
            {
                await using var proxy = new WireProxy(server.ConnectionString);
                EmbeddedServer victim = server;
                int left = 0;
                proxy.When(text, async () =>
                {
                    // The server's other processes notice the death of the main one when they next wait; until then they go on, and could
                    // carry out the statement.
                    int[] sessions = await SessionsAsync(victim);
                    PostgresFixture.Kill(victim);
                    long killed = Stopwatch.GetTimestamp();
                    while (sessions.Any(Processes.IsAlive) && Stopwatch.GetElapsedTime(killed) < FaultBench.Bound) await Task.Delay(10);
                    left = sessions.Count(Processes.IsAlive);
                    return WireFate.Forward;
                });
                var load = new PopulateOptions
                {
                    Replace = true, BatchRows = 300,
                    IndexRebuild = rebuilds ? IndexRebuild.Always : IndexRebuild.Never, CommitProbeLimit = TimeSpan.FromMilliseconds(500)
                };
                PipelineException error =
                    await Assert.ThrowsAnyAsync<PipelineException>(() => bench.LoadAsync(proxy.ConnectionString, load));
                Assert.True(left == 0, $"At {text}: {left} session(s) outlived the server.");
                Assert.True(error.Kind == FailureKind.Database && proxy.Hits == 1, $"At {text}: {error}");
                await server.DisposeAsync();

                server = await PostgresFixture.StartPrivateServerAsync(options);
                await using var database = NpgsqlDataSource.Create(server.ConnectionString);
                Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(database));
            }

            await bench.LoadAsync(server.ConnectionString, new PopulateOptions { Replace = true });
            await using var last = NpgsqlDataSource.Create(server.ConnectionString);
            Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(last));
        }
        finally
        {
            await server.DisposeAsync();
            if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<int[]> SessionsAsync(EmbeddedServer server)
    {
        await using var connection =
            new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT array_agg(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()", connection);
        return (int[])(await command.ExecuteScalarAsync())!;
    }
}
