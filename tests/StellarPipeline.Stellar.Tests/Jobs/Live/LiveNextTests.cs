using System.Globalization;
using Npgsql;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Tests.Jobs.Populate;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>The history of the next ledger is sent while the balances of the present one are stored, and nothing depends on it.</summary>
public sealed class LiveNextTests
{
    // Key of an advisory lock on which a statement for balances waits.
    private const long Gate = 4242;

    private const int KnownAssets = 20;

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
        await bench.Database.ExecuteAsync($"""
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_advisory_xact_lock_shared({Gate}); RETURN NULL; END $$;
            CREATE TRIGGER wait BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION wait()
            """);
        await using NpgsqlConnection gate = await bench.Database.DataSource.OpenConnectionAsync();
        await ExecuteAsync(gate, $"SELECT pg_advisory_lock({Gate})");
        Task<LiveReport> running = bench.RunAsync(
            LiveBench.Source(ledgers), network, LiveBench.Options with { CatchUpBytes = 1 });
        int present = await FindAsync(bench, Present, running);
        int next = await FindAsync(bench, Next, running);
        Assert.NotEqual(present, next);
        await bench.AssertNothingAheadAsync();

        if (lost is not null) await ExecuteAsync(gate, $"SELECT pg_terminate_backend({(lost == Next ? next : present)}, 10000)");
        await ExecuteAsync(gate, $"SELECT pg_advisory_unlock({Gate})");
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
        await bench.Database.ExecuteAsync("""
            CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END $$;
            CREATE TRIGGER sleep BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION sleep();
            CREATE FUNCTION alone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%native_balances'
              AND pid <> pg_backend_pid()) THEN RAISE 'only one, please'; END IF; RETURN NULL; END $$;
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
        for (int trial = 0; trial < 600 && !running.IsCompleted; trial++)
        {
            if (await bench.Database.RowsAsync(query) is [var row]) return int.Parse(row, CultureInfo.InvariantCulture);
            await Task.Delay(50);
        }

        await running.WaitAsync(TimeSpan.Zero);
        Assert.Fail($"No session, or several: {query}");
        return 0;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
