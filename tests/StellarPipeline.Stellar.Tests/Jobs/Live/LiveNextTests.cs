using System.Diagnostics;
using System.Globalization;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Tests.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>The history of the next ledger is sent while the balances of the present one are stored, and nothing depends on it.</summary>
public sealed class LiveNextTests
{
    private const int KnownAssets = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // The session whose balances wait, and another one with a transaction of its own.
    private const string Present =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '% load: %' AND wait_event_type = "
            + "'Lock' AND wait_event = 'advisory'";

    // Its history is sent: it waits for its client, with rows of its own.
    private const string Next =
        "SELECT a.pid FROM pg_stat_activity a WHERE datname = current_database() AND application_name LIKE '% load: copy %' "
            + "AND a.state = 'idle in transaction' AND a.backend_xid IS NOT NULL";

    [SkippableTheory]
    [InlineData(null)]
    [InlineData(Present)]
    [InlineData(Next)]
    public async Task RunAsync_NextLedgerIsBegunEarly_EveryLedgerIsStoredOnceWhicheverSessionIsLost(string? lost)
    {
        List<string> wanted = await LiveFailureTests.Undisturbed.Value;
        await using LiveBench bench = await LiveFailureTests.CreateAsync();
        (StellarNetwork network, uint before, List<byte[]> ledgers) = LiveFailureTests.Network.Value;

        // A ledger with an asset that the present one has added waits for it.
        await bench.RunAsync(LiveBench.Source(ledgers), network, LiveBench.Options with { To = before + KnownAssets });
        await using BalanceGate gate = await BalanceGate.CloseAsync(bench.Database);
        Task<LiveReport> running = bench.RunAsync(
            LiveBench.Source(ledgers), network, LiveBench.Options with { CatchUpBytes = 1 });
        int present = await FindAsync(bench, Present, running);
        int next = await FindAsync(bench, Next, running);
        Assert.NotEqual(present, next);
        await bench.AssertNothingAheadAsync();

        if (lost is not null) await gate.ExecuteAsync($"SELECT pg_terminate_backend({(lost == Next ? next : present)}, 60000)");
        await gate.OpenAsync();
        LiveReport report = await running;

        Assert.Equal(ledgers.Count - KnownAssets, report.Ledgers);
        Assert.Equal(report.Ledgers, report.Commits);
        Assert.Equal(wanted, await bench.DumpAsync());
    }

    [SkippableFact]
    public async Task RunAsync_NextLedgerCannotBeBegun_IsStoredAfterThePresentOne()
    {
        List<string> wanted = await LiveFailureTests.Undisturbed.Value;
        await using LiveBench bench = await LiveFailureTests.CreateAsync();

        // The first balances wait until the next ledger is refused, but not for ever: some ledgers have no next one that is ready. A
        // sequence forgets no roll-back.
        await bench.Database.ExecuteAsync("""
            CREATE SEQUENCE refused MINVALUE 0;
            SELECT nextval('refused');
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE before int8 := (SELECT last_value FROM public.refused);
            BEGIN FOR look IN 1 .. 100 LOOP
              EXIT WHEN before >= 3 OR (SELECT last_value FROM public.refused) > before;
              PERFORM pg_sleep(0.02);
            END LOOP; RETURN NULL; END $$;
            CREATE TRIGGER wait BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION wait();
            CREATE FUNCTION alone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%native_balances'
              AND pid <> pg_backend_pid())
            THEN PERFORM nextval('public.refused'); RAISE 'only one, please'; END IF; RETURN NULL; END $$;
            CREATE TRIGGER alone BEFORE INSERT ON transactions FOR EACH STATEMENT EXECUTE FUNCTION alone()
            """);
        using var logger = new LineLogger();

        LiveReport report = await bench.RunAsync(LiveBench.Source(LiveFailureTests.Network.Value.Ledgers),
            LiveFailureTests.Network.Value.Network, LiveBench.Options with { CatchUpBytes = 1, Attempts = 1 }, logger);

        Assert.Equal(LiveFailureTests.Network.Value.Ledgers.Count, report.Ledgers);
        int refused = logger.Lines.Count(static line => line.Contains("one, please", StringComparison.Ordinal));
        Assert.InRange(refused, 3, report.Ledgers);
        Assert.Equal(wanted, await bench.DumpAsync());
    }

    private static async Task<int> FindAsync(LiveBench bench, string query, Task running)
    {
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Patience && !running.IsCompleted;)
        {
            if (await bench.Database.RowsAsync(query) is [var row]) return int.Parse(row, CultureInfo.InvariantCulture);
            await Task.Delay(20);
        }

        await running.WaitAsync(TimeSpan.Zero);
        Assert.Fail($"No session, or several: {query}");
        return 0;
    }
}
