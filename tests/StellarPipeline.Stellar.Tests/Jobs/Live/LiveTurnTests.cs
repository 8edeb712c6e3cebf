using System.Diagnostics;
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
    private const int KnownAssets = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // Every transaction leaves the others the time to be ready.
    private const string Slow = """
        CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END $$;
        CREATE TRIGGER sleep BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION sleep()
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
        await using BalanceGate gate = await BalanceGate.CloseAsync(bench.Database);
        await using var proxy = new WireProxy(bench.Database.ConnectionString);

        // The second time, the next ledger sends them, if it was ready: then the balances of the present one come to the gate and wait.
        const string Changes = "COPY \"public\".\"state_changes\"";
        bool isCut = false;
        proxy.When(Changes, CutWhatComesNextAsync, occurrence: 2);
        await using var through = NpgsqlDataSource.Create(proxy.ConnectionString);
        Task<LiveReport> running = bench.RunAsync(
            LiveBench.Source(ledgers), network, LiveBench.Options with { CatchUpBytes = 1, Attempts = 20 }, through: through);
        await WaitAsync(() => Task.FromResult(Volatile.Read(ref isCut)), running);
        await Task.Delay(1_000);
        await gate.OpenAsync();

        LiveReport report = await running.WaitAsync(Patience);

        Assert.Equal(ledgers.Count - KnownAssets, report.Ledgers);
        Assert.Equal(wanted, await bench.DumpAsync());

        async Task<WireFate> CutWhatComesNextAsync()
        {
            for (int look = 0; look < 100; look++)
            {
                if (await bench.Database.QueryAsync<bool>(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory')"))
                {
                    Volatile.Write(ref isCut, true);
                    return WireFate.CutClientOnly;
                }

                await Task.Delay(20);
            }

            proxy.When(Changes, CutWhatComesNextAsync);
            return WireFate.Forward;
        }
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
            NpgsqlDataSource.Create(bench.Database.ConnectionString + ";Maximum Pool Size=2;Timeout=60");

        LiveReport report = await bench.RunAsync(
            LiveBench.Source(ledgers), network, LiveBench.Options with { CatchUpBytes = 1, Attempts = 1 }, through: two);

        Assert.Equal(ledgers.Count, report.Ledgers);
        Assert.Equal(wanted, await bench.DumpAsync());
    }

    private static async Task WaitAsync(Func<Task<bool>> isSo, Task running)
    {
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Patience;)
        {
            if (await isSo()) return;
            if (running.IsCompleted) await running;
            await Task.Delay(20);
        }

        Assert.Fail("It did not become so.");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
