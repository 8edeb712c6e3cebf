using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Tests.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>Transactions of ledgers take turns, whatever happens to one of them, to its session or to the cursor.</summary>
public sealed class LiveTurnTests
{
    private const long Gate = 4242;
    private const int KnownAssets = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Every transaction leaves the others the time to be ready.
    private const string Slow = """
        CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END $$;
        CREATE TRIGGER sleep BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION sleep()
        """;

    // Balances wait for a lock that the test holds.
    private static readonly string Gated = $"""
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock_shared({Gate}); RETURN NULL; END $$;
        CREATE TRIGGER wait BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION wait()
        """;

    [SkippableTheory]
    [InlineData("transaction")]
    [InlineData("transaction 2")]
    [InlineData("transaction 3")]
    public async Task RunAsync_TransactionOfAnEndedProcessIsOpen_StoresNothingBesideIt(string turn)
    {
        await using LiveBench bench = await LiveFailureTests.CreateAsync();
        (StellarNetwork network, uint before, List<byte[]> ledgers) = LiveFailureTests.Network.Value;
        await using NpgsqlConnection other = await bench.Database.DataSource.OpenConnectionAsync();
        await ExecuteAsync(other, $"SELECT pg_advisory_lock({StellarNetwork.IngestLockKey($"{network.Passphrase} {turn}")})");

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => bench.RunAsync(
            LiveBench.Source(ledgers), network, LiveBench.Options with { CatchUpBytes = 1, Attempts = 1 }));

        Assert.True(error.LockIsBusy, error.Message);
        Assert.Equal(before, await bench.CursorAsync());
    }

    [SkippableFact]
    public async Task RunAsync_AnotherProcessStoredTheLedger_GoesOnWithTheNextThatHasBegun()
    {
        const int Stored = 22;
        (StellarNetwork network, uint before, List<byte[]> ledgers) = LiveFailureTests.Network.Value;
        await using LiveBench other = await LiveFailureTests.CreateAsync();
        await other.RunAsync(LiveBench.Source(ledgers), network, LiveBench.Options with { To = before + Stored });
        string? mark =
            await other.Database.QueryAsync<string>("SELECT value FROM ingest_store WHERE key = 'pipeline_latest_ledger_hash'");
        await using LiveBench bench = await LiveFailureTests.CreateAsync();

        // Right after the ledger before it, the cursor is moved.
        await bench.Database.ExecuteAsync($"""
            {Slow};
            CREATE FUNCTION stored() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.value = '{before + Stored - 1}' THEN NEW.value := '{before + Stored}'; END IF;
            IF NEW.value LIKE '{before + Stored - 1} %' THEN NEW.value := '{mark}'; END IF;
            RETURN NEW; END $$;
            CREATE TRIGGER stored BEFORE INSERT OR UPDATE ON ingest_store FOR EACH ROW EXECUTE FUNCTION stored()
            """);

        LiveReport report = await bench.RunAsync(
            LiveBench.Source(ledgers), network, LiveBench.Options with { CatchUpBytes = 1, Attempts = 1 }).WaitAsync(Patience);

        Assert.Equal(ledgers.Count, report.Ledgers);
        Assert.Equal(before + (uint)ledgers.Count, await bench.CursorAsync());
    }

    [SkippableFact]
    public async Task RunAsync_ServerKeepsTheSessionOfTheNextLedgerThatWasCutOff_NextAttemptEndsIt()
    {
        List<string> wanted = await LiveFailureTests.Undisturbed.Value;
        await using LiveBench bench = await LiveFailureTests.CreateAsync();
        (StellarNetwork network, uint before, List<byte[]> ledgers) = LiveFailureTests.Network.Value;
        await bench.RunAsync(LiveBench.Source(ledgers), network, LiveBench.Options with { To = before + KnownAssets });
        await bench.Database.ExecuteAsync(Gated);
        await using NpgsqlConnection gate = await bench.Database.DataSource.OpenConnectionAsync();
        await ExecuteAsync(gate, $"SELECT pg_advisory_lock({Gate})");
        await using var proxy = new WireProxy(bench.Database.ConnectionString);

        // The second time, the next ledger sends them: the balances of the present one wait.
        proxy.When("COPY \"public\".\"state_changes\"", WireFate.CutClientOnly, occurrence: 2);
        await using var through = NpgsqlDataSource.Create(proxy.ConnectionString);
        Task<LiveReport> running = bench.RunAsync(
            LiveBench.Source(ledgers), network, LiveBench.Options with { CatchUpBytes = 1, Attempts = 20 }, through: through);
        await WaitAsync(() => Task.FromResult(proxy.Hits == 1), running);
        await Task.Delay(1_000);
        await ExecuteAsync(gate, $"SELECT pg_advisory_unlock({Gate})");

        LiveReport report = await running.WaitAsync(Patience);

        Assert.Equal(ledgers.Count - KnownAssets, report.Ledgers);
        Assert.Equal(wanted, await bench.DumpAsync());
    }

    [SkippableFact]
    public async Task RunAsync_LedgerWaitsForItsNextAttempt_TransactionOfTheNextOneIsRolledBack()
    {
        await using LiveBench bench = await LiveFailureTests.CreateAsync();
        (StellarNetwork network, uint before, List<byte[]> ledgers) = LiveFailureTests.Network.Value;
        await bench.RunAsync(LiveBench.Source(ledgers), network, LiveBench.Options with { To = before + KnownAssets });
        await bench.Database.ExecuteAsync("""
            CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_sleep(0.5); RAISE 'not at the moment' USING ERRCODE = '53000'; END $$;
            CREATE TRIGGER later BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION later()
            """);
        using var logger = new LineLogger();
        using var stop = new CancellationTokenSource();
        Task<LiveReport> running = bench.RunAsync(LiveBench.Source(ledgers), network,
            LiveBench.Options with { CatchUpBytes = 1, Backoff = Backoff.Steady(TimeSpan.FromMinutes(10)) }, logger,
            cancellationToken: stop.Token);
        await WaitAsync(
            () => Task.FromResult(logger.Lines.Any(static line => line.Contains("Attempt 1 ", StringComparison.Ordinal))), running);

        // Operators can change the tables meanwhile.
        await WaitAsync(async () => await bench.Database.QueryAsync<long>("""
            SELECT count(*) FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND relation = 'transactions'::regclass AND mode = 'RowExclusiveLock'
            """) == 0, running);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [SkippableFact]
    public async Task RunAsync_PoolOfTwoConnections_NoTransactionWaitsForTheNextOne()
    {
        List<string> wanted = await LiveFailureTests.Undisturbed.Value;
        await using LiveBench bench = await LiveFailureTests.CreateAsync();
        (StellarNetwork network, _, List<byte[]> ledgers) = LiveFailureTests.Network.Value;
        await bench.Database.ExecuteAsync(Slow);
        await using var two =
            NpgsqlDataSource.Create(bench.Database.ConnectionString + ";Maximum Pool Size=2;Timeout=5");

        LiveReport report = await bench.RunAsync(
            LiveBench.Source(ledgers), network, LiveBench.Options with { CatchUpBytes = 1, Attempts = 1 }, through: two);

        Assert.Equal(ledgers.Count, report.Ledgers);
        Assert.Equal(wanted, await bench.DumpAsync());
    }

    private static async Task WaitAsync(Func<Task<bool>> isSo, Task running)
    {
        for (int trial = 0; trial < 200; trial++)
        {
            if (await isSo()) return;
            if (running.IsCompleted) await running;
            await Task.Delay(50);
        }

        Assert.Fail("It did not become so.");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
