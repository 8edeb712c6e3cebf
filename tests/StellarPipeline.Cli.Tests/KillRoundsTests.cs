using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.TestSupport;
using Xunit.Abstractions;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// Kills loads at random bytes of what they send, in random ways, and runs them again. Two archives take turns, so that what a load
/// replaces differs from what it brings: after a kill the tables are the old ones, or the new ones where COMMIT had come through, and never
/// anything else; after the second run they are the new ones.
/// </summary>
public sealed class KillRoundsTests(ITestOutputHelper output)
{
    private const int RoundsOfEveryRun = 8;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    private enum Kill
    {
        Connection,
        Session,
        Caller,
        Client,
        Server,
    }

    [SkippableFact]
    public async Task Populate_KilledAtRandomAndRunAgain_EndsInEqualTables()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_KILL_ROUNDS"), CultureInfo.InvariantCulture, out int wanted)
            ? wanted
            : RoundsOfEveryRun;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_KILL_SEED"), CultureInfo.InvariantCulture, out int given)
            ? given
            : 20_261_120;
        await PostgresFixture.AdminConnectionStringAsync(); // Skips where there is no PostgreSQL.
        string folder = Directory.CreateTempSubdirectory("pipeline-kill-rounds-").FullName;
        string data = Path.Combine(Path.GetTempPath(), "pipeline-kill-rounds-data-" + Guid.NewGuid().ToString("N"));
        var options = new EmbeddedServerOptions { DataDirectory = data, SharedBuffersBytes = 64L << 20, MaxWalBytes = 1L << 30 };
        EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync(options);
        try
        {
            string[] archives = [Path.Combine(folder, "a"), Path.Combine(folder, "b")];
            string[] states = new string[2];
            long bytes = 0;
            for (int index = 0; index < 2; index++)
            {
                Directory.CreateDirectory(archives[index]);
                await CheckpointArchiveGenerator.GenerateAsync(archives[index],
                    new GeneratorOptions
                    {
                        Accounts = 500 + (index * 100), Trustlines = 1_000, Seed = index == 0 ? 1UL : 2UL,
                        Passphrase = StellarNetwork.Testnet.Passphrase
                    });
                await using var proxy = new WireProxy(server.ConnectionString, Product.Name);
                await LoadAsync(archives[index], proxy.ConnectionString, CancellationToken.None);
                states[index] = await StateAsync(server.ConnectionString);
                bytes = proxy.BytesFromClients;
            }

            Assert.NotEqual(states[0], states[1]);
            var random = new Random(seed);
            var tally = new Dictionary<(Kill Kill, string Outcome), int>();
            long started = Stopwatch.GetTimestamp();
            int current = 1;
            for (int round = 0; round < rounds; round++)
            {
                // A restart of the server and a process of its own take long, so they are rarer.
                Kill kill = random.Next(40) switch
                {
                    < 2 => Kill.Server,
                    < 8 => Kill.Client,
                    < 18 => Kill.Connection,
                    < 29 => Kill.Session,
                    _ => Kill.Caller,
                };
                long at = random.NextInt64(1, bytes + 1);
                int next = 1 - current;
                string what = $"round {round} of seed {seed}: {kill} at byte {at:N0} of about {bytes:N0}";
                string outcome = await DisturbAsync(kill, at, archives[next], server);
                if (kill == Kill.Server)
                {
                    await server.DisposeAsync();
                    server = await PostgresFixture.StartPrivateServerAsync(options);
                }

                await NoSessionsAsync(server.ConnectionString, what);
                string state = await StateAsync(server.ConnectionString);
                Assert.True(state == states[current] || (outcome != "failed" && state == states[next]),
                    $"{what}: {outcome}, and the tables are neither the old nor the new ones.");
                if (outcome == "loaded")
                    Assert.True(state == states[next], $"{what}: success was reported, and the tables are not the new ones.");

                await LoadAsync(archives[next], server.ConnectionString, CancellationToken.None);
                Assert.True(await StateAsync(server.ConnectionString) == states[next], $"{what}: the load after it gave other tables.");
                tally[(kill, outcome)] = tally.GetValueOrDefault((kill, outcome)) + 1;
                current = next;
            }

            output.WriteLine(
                $"{rounds} rounds of seed {seed} in {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s: "
                    + $"{string.Join(
                        ", ", tally.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key.Kill} {pair.Key.Outcome} {pair.Value}"))}.");
        }
        finally
        {
            await server.DisposeAsync();
            Directory.Delete(folder, recursive: true);
            if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>
    /// Runs one load and kills it. Tells how it ended: "failed" (nothing committed), "unknown" (nobody can tell), "loaded".
    /// </summary>
    private static async Task<string> DisturbAsync(Kill kill, long at, string archive, EmbeddedServer server)
    {
        await using var proxy = new WireProxy(server.ConnectionString, Product.Name);
        using var caller = new CancellationTokenSource();
        using var isStarted = new SemaphoreSlim(0);
        CliProcess? process = null;
        proxy.WhenSent(at, async () =>
        {
            switch (kill)
            {
                case Kill.Connection:
                    return WireFate.CutBefore;
                case Kill.Session:
                    await ScalarAsync(server.ConnectionString,
                        $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '{Product.Name}%'");
                    return WireFate.Forward;
                case Kill.Caller:
                    await caller.CancelAsync();
                    return WireFate.Forward;
                case Kill.Client:
                    await isStarted.WaitAsync();
                    process!.Process.Kill();
                    return WireFate.Forward;
                default:
                    PostgresFixture.Kill(server);
                    return WireFate.Forward;
            }
        });
        if (kill == Kill.Client)
        {
            using (process = CliProcess.Start(
                "populate", "--archive", archive, "--database", proxy.ConnectionString, "--replace", "--quiet", "--attempts", "1"))
            {
                isStarted.Release();
                CliResult result = await process.WaitAsync();
                Assert.True(result.ExitCode is 0 or 137, result.All);
                return result.ExitCode == 0 ? "loaded" : "unknown";
            }
        }

        try
        {
            await LoadAsync(archive, proxy.ConnectionString, caller.Token);
            return "loaded";
        }
        catch (OperationCanceledException) when (kill == Kill.Caller)
        {
            return "failed";
        }
        catch (PipelineException error) when (error.Kind == FailureKind.Database)
        {
            return error is DatabaseException { OutcomeIsUnknown: true } ? "unknown" : "failed";
        }
    }

    private static async Task LoadAsync(string archive, string connectionString, CancellationToken cancellationToken)
    {
        string named = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = Product.Name }.ConnectionString;
        await using NpgsqlDataSource source = ConnectionSettings.Parse(named).CreateDataSource();
        var options = new PopulateOptions { Replace = true, BatchRows = 300, CommitProbeLimit = TimeSpan.FromSeconds(1) };
        await new CheckpointPopulation(HistoryArchive.Open(archive), source, options, NullLoggerFactory.Instance).RunAsync(
            null, cancellationToken).WaitAsync(Bound, CancellationToken.None);
    }

    /// <summary>A checksum over every row of every wallet table and the cursors, without the times at which rows were written.</summary>
    private static async Task<string> StateAsync(string connectionString)
    {
        var sums = new List<string>();
        foreach (string table in WalletTables.All.Select(table => table.QualifiedName).Append(
            "(SELECT * FROM ingest_store WHERE key <> 'pipeline_last_load')"))
        {
            string row = "(to_jsonb(t) - 'created_at' - 'updated_at')::text";
            string sum = $"SELECT count(*) || ' ' || coalesce(md5(string_agg({row}, ' ' ORDER BY {row} COLLATE \"C\")), '') FROM {table} t";
            sums.Add($"{table} {await ScalarAsync(connectionString, sum)}");
        }

        return string.Join('\n', sums);
    }

    private static async Task NoSessionsAsync(string connectionString, string what)
    {
        long started = Stopwatch.GetTimestamp();
        while ((long)(await ScalarAsync(
            connectionString, $"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '{Product.Name}%'"))! > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Bound, $"{what}: a session is left on the server.");
            await Task.Delay(20);
        }
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "watcher", Pooling = false }.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
