using System.Globalization;
using Npgsql;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.TestSupport;
using Xunit.Abstractions;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// Kills backfills at random bytes of what they send, in random ways, and runs them again. At every moment each ledger is there whole or
/// not at all and the cursor tells the truth, which an observer looks at all the time; after the last run the tables are those of an
/// undisturbed one.
/// </summary>
public sealed class BackfillKillTests(ITestOutputHelper output)
{
    private const int RoundsOfEveryRun = 6;

    // Each kind once; what comes after them is drawn.
    private static readonly Kill[] EveryKind =
        [Kill.Client, Kill.Connection, Kill.Freeze, Kill.Sessions, Kill.Server, Kill.FastStop];

    private const int Ledgers = 24;

    private enum Kill
    {
        Connection,
        Sessions,
        Client,
        Server,

        /// <summary>The server is stopped, as for a restart: sessions are ended, what is committed is kept.</summary>
        FastStop,

        /// <summary>The client stands still until its leases run out, and others have its work; then it goes on.</summary>
        Freeze,
    }

    [SkippableFact]
    public async Task Backfill_KilledAtRandomAndRunAgain_EndsInEqualTables()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_KILL_ROUNDS"), CultureInfo.InvariantCulture, out int wanted)
            ? wanted
            : RoundsOfEveryRun;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_KILL_SEED"), CultureInfo.InvariantCulture, out int given)
            ? given
            : 20_261_128;
        await PostgresFixture.AdminConnectionStringAsync(); // Skips where there is no PostgreSQL.
        string folder = Directory.CreateTempSubdirectory("pipeline-backfill-kill-").FullName;
        string data = Path.Combine(Path.GetTempPath(), "pipeline-backfill-kill-data-" + Guid.NewGuid().ToString("N"));
        var options = new EmbeddedServerOptions { DataDirectory = data, SharedBuffersBytes = 64L << 20, MaxWalBytes = 1L << 30 };
        EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync(options);
        try
        {
            string store = Path.Combine(folder, "store");
            var made = new LedgerGenerator(new LedgerGeneratorOptions { Transactions = 4, Passphrase = StellarNetwork.Testnet.Passphrase });
            LedgerDataStore.Write(store, StellarNetwork.Testnet.Passphrase, made.Take(Ledgers), 1, 8);
            await ExecuteAsync(server, "CREATE TABLE ingest_store (key varchar(255) PRIMARY KEY, value varchar(255) NOT NULL)");
            await ExecuteAsync(
                server, "INSERT INTO ingest_store VALUES ('oldest_ingest_ledger', '1024'), ('latest_ingest_ledger', '1024')");
            CliResult undisturbed;
            long bytes;
            await using (var proxy = new WireProxy(server.ConnectionString, Product.Name))
            {
                undisturbed = await RunAsync(store, proxy.ConnectionString);
                bytes = proxy.BytesFromClients;
            }

            Assert.True(undisturbed.ExitCode == 0, undisturbed.All);
            string whole = await StateAsync(server);
            await using var observer = new BackfillObserver(() => Volatile.Read(ref server).ConnectionString, 1024);
            var random = new Random(seed);
            var tally = new Dictionary<string, int>();
            for (int round = 0; round < rounds; round++)
            {
                await observer.ApartAsync(() => ExecuteAsync(
                    server,
                    $"TRUNCATE backfill_batches, backfill_leases, "
                        + $"{string.Join(", ", HistoryTables.All.Select(table => table.QualifiedName))}; UPDATE ingest_store SET value = "
                        + $"'1024'"));
                Kill kill = round < EveryKind.Length ? EveryKind[round] : random.Next(20) switch
                {
                    0 => Kill.Server,
                    1 => Kill.FastStop,
                    < 4 => Kill.Freeze,
                    < 10 => Kill.Client,
                    < 16 => Kill.Connection,
                    _ => Kill.Sessions,
                };
                long at = random.NextInt64(1, bytes + 1);
                string what = $"round {round} of seed {seed}: {kill} at byte {at:N0} of about {bytes:N0}";
                int code = await DisturbAsync(kill, at, store, server);
                if (kill is Kill.Server or Kill.FastStop)
                {
                    await server.DisposeAsync();
                    Volatile.Write(ref server, await PostgresFixture.StartPrivateServerAsync(options));
                }

                await AssertTruthAsync(server, what);
                CliResult again = await RunAsync(store, server.ConnectionString);
                Assert.True(again.ExitCode == 0, $"{what}: the run after it failed: {again.All}");
                Assert.True(await StateAsync(server) == whole, $"{what}: the run after it gave other tables.");
                Assert.Equal(1000, await NumberAsync(server, "SELECT value::int8 FROM ingest_store WHERE key = 'oldest_ingest_ledger'"));
                Assert.True(observer.Lie is null, $"{what}: {observer.Lie}");
                string outcome = $"{kill} {code}";
                tally[outcome] = tally.GetValueOrDefault(outcome) + 1;
            }

            Assert.True(observer.Looks > rounds, $"The observer looked {observer.Looks} times only.");
            output.WriteLine(
                $"{rounds} rounds of seed {seed}, {observer.Looks} looks of the observer: "
                    + $"{string.Join(
                        ", ", tally.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {pair.Value}"))}.");
        }
        finally
        {
            await server.DisposeAsync();
            Directory.Delete(folder, recursive: true);
            if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Runs one backfill and disturbs it. Tells its exit code.</summary>
    private static async Task<int> DisturbAsync(Kill kill, long at, string store, EmbeddedServer server)
    {
        await using var proxy = new WireProxy(server.ConnectionString, Product.Name);
        using var isStarted = new SemaphoreSlim(0);
        var frozen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        CliProcess? process = null;
        proxy.WhenSent(at, async () =>
        {
            switch (kill)
            {
                case Kill.Connection:
                    return WireFate.CutBefore;
                case Kill.Sessions:
                    await ExecuteAsync(server,
                        $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '{Product.Name}%'");
                    return WireFate.Forward;
                case Kill.Client:
                    await isStarted.WaitAsync();
                    process!.Process.Kill();
                    return WireFate.Forward;
                case Kill.Freeze:
                    await isStarted.WaitAsync();
                    await process!.SignalAsync("STOP");
                    frozen.SetResult();
                    return WireFate.Forward;
                case Kill.FastStop:
                    PostgresFixture.StopFast(server);
                    return WireFate.Forward;
                default:
                    PostgresFixture.Kill(server);
                    return WireFate.Forward;
            }
        });
        string attempts = kill is Kill.Server or Kill.FastStop ? "1" : "3";
        using (process = CliProcess.Start(Arguments(store, proxy.ConnectionString, "--attempts", attempts, "--lease", "3")))
        {
            isStarted.Release();
            if (kill == Kill.Freeze)
            {
                await Task.WhenAny(frozen.Task, process.Process.WaitForExitAsync());
                if (frozen.Task.IsCompleted) await TakeOverAsync(process, store, server);
            }

            CliResult result = await process.WaitAsync();
            Assert.True(result.ExitCode is 0 or 4 or 137, result.All);
            Assert.True(kill == Kill.Client || result.ExitCode != 137, result.All);
            return result.ExitCode;
        }
    }

    /// <summary>Another process takes the work of one that stands still, whose leases run out; then that one goes on.</summary>
    private static async Task TakeOverAsync(CliProcess frozen, string store, EmbeddedServer server)
    {
        try
        {
            for (long held = 1; held > 0;)
            {
                held = await NumberAsync(
                    server, "SELECT count(*) FROM backfill_leases WHERE owner IS NOT NULL AND expires_at >= clock_timestamp()");
                if (held > 0) await Task.Delay(50);
            }

            // Where it stands still inside a COMMIT it holds the bookkeeping: the other one gives up, as it would beside a machine that is
            // gone.
            CliResult other = await CliProcess.RunAsync(
                Arguments(store, server.ConnectionString, "--lock-timeout", "3", "--attempts", "1"));
            Assert.True(other.ExitCode is 0 or 4, other.All);
        }
        finally
        {
            await frozen.SignalAsync("CONT");
        }
    }

    /// <summary>What is there is whole, and nothing below the cursor's first missing ledger is claimed.</summary>
    private static async Task AssertTruthAsync(EmbeddedServer server, string what)
    {
        string batches = "SELECT coalesce(sum({0}), 0)::int8 FROM backfill_batches";
        if (await NumberAsync(server, "SELECT count(*) FROM pg_class WHERE relname = 'backfill_batches'") == 0) return;
        foreach (string table in HistoryTables.All.Select(table => table.Name))
        {
            long noted = await NumberAsync(server, string.Format(CultureInfo.InvariantCulture, batches, table));
            Assert.True(noted == await NumberAsync(server, $"SELECT count(*) FROM {table}"),
                $"{what}: {table} does not hold the {noted} rows that the bookkeeping tells of.");
        }

        long missing = await NumberAsync(
            server,
            "SELECT count(*) FROM generate_series((SELECT value::int FROM ingest_store WHERE key = 'oldest_ingest_ledger'), 1023) ledger "
            + "WHERE NOT EXISTS (SELECT FROM transactions WHERE to_id >> 32 = ledger)");
        Assert.True(missing == 0, $"{what}: the cursor claims {missing} ledgers that are not there.");
    }

    private static string[] Arguments(string store, string database, params string[] more) =>
        ["backfill", "--source", store, "--from", "1000", "--to", "1023", "--batch-ledgers", "5", "--database", database, "--quiet",
            .. more];

    private static Task<CliResult> RunAsync(string store, string database) => CliProcess.RunAsync(Arguments(store, database));

    /// <summary>A checksum over every row of every history table, without the times at which rows were written.</summary>
    private static async Task<string> StateAsync(EmbeddedServer server)
    {
        var sums = new List<string>();
        foreach (string table in HistoryTables.All.Select(table => table.QualifiedName))
        {
            string row = "(to_jsonb(t) - 'ingested_at')::text";
            string sum = $"SELECT count(*) || ' ' || coalesce(md5(string_agg({row}, ' ' ORDER BY {row} COLLATE \"C\")), '') FROM {table} t";
            sums.Add($"{table} {await ScalarAsync(server, sum)}");
        }

        return string.Join('\n', sums);
    }

    private static async Task<long> NumberAsync(EmbeddedServer server, string sql) => (long)(await ScalarAsync(server, sql))!;

    private static Task ExecuteAsync(EmbeddedServer server, string sql) => ScalarAsync(server, sql);

    private static async Task<object?> ScalarAsync(EmbeddedServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(server.ConnectionString) { ApplicationName = "watcher", Pooling = false }.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
