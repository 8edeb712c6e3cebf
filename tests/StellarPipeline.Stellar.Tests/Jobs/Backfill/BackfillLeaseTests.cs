using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar.Jobs.Backfill;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>Several runs on one range, runs that end in the middle, and leases that change hands: every ledger once.</summary>
public sealed class BackfillLeaseTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    [SkippableFact]
    public async Task Run_ThreeRunsAtOnce_ShareTheWorkAndAllEndWell()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(60);
        string store = bench.Store(ledgers);
        await bench.MakeCursorsAsync(1060, 1060);
        await bench.RunAsync(store, 1059, 1059);

        BackfillReport[] reports =
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => bench.RunAsync(store, 1000, 1059))).WaitAsync(Bound);

        Assert.Equal(59, reports.Sum(report => report.Ledgers.Loaded));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal("1000 1060", await bench.CursorsAsync());
        Assert.Equal(0, await bench.CountAsync("backfill_leases"));
    }

    [SkippableFact]
    public async Task Run_RangesThatOverlapAtOnce_EachEndsWhenItsOwnIsThere()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(40);
        string store = bench.Store(ledgers);
        await bench.RunAsync(store, 1000, 1000);

        await Task.WhenAll(bench.RunAsync(store, 1000, 1029), bench.RunAsync(store, 1010, 1039), bench.RunAsync(store, 1015, 1016))
            .WaitAsync(Bound);

        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    /// <summary>Process numbers of another container say nothing here, even if it has the same host name.</summary>
    [SkippableFact]
    public async Task Run_LeaseOfAnotherContainerWithThisHostName_IsWaitedFor()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(12));
        await bench.RunAsync(store, 1011, 1011);
        await bench.Database.ExecuteAsync(
            "INSERT INTO backfill_leases (first_ledger, last_ledger, replaces, owner, expires_at) VALUES (1000, 1005, false, "
                + $"'{Environment.MachineName} 1 1 other', now() + interval '1 hour')");

        Task<BackfillReport> run = bench.RunAsync(store, 1000, 1011);
        await Task.WhenAny(run, Task.Delay(TimeSpan.FromSeconds(3)));

        Assert.False(run.IsCompleted);
        Assert.Equal(1, await bench.CountAsync("backfill_leases", "owner LIKE '% other'"));
        await bench.Database.ExecuteAsync("UPDATE backfill_leases SET expires_at = now() - interval '1 s'");
        Assert.Equal(11, (await run.WaitAsync(Bound)).Ledgers.Loaded);
    }

    [SkippableFact]
    public async Task Run_LeasesOfARunThatIsGone_AreTakenOverWhenTheirTimeIsUp()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(12);
        string store = bench.Store(ledgers);
        await bench.RunAsync(store, 1011, 1011);
        await bench.Database.ExecuteAsync(
            "INSERT INTO backfill_leases (first_ledger, last_ledger, replaces, owner, expires_at) VALUES (990, 1001, false, 'elsewhere 1 "
                + "1 1', now() - interval '1 s'), "
            + "(1002, 1005, false, 'elsewhere 1 1 1', now() + interval '2 s'), (1006, 1008, false, NULL, NULL)");

        BackfillReport report = await bench.RunAsync(store, 1000, 1011).WaitAsync(Bound);

        Assert.Equal(11, report.Ledgers.Loaded);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());

        // What nobody asked for stays to be done.
        Assert.Equal(["990|999|-"], await bench.Database.RowsAsync("SELECT first_ledger, last_ledger, owner FROM backfill_leases"));
    }

    [SkippableFact]
    public async Task Run_LeaseTakenByAnotherMeanwhile_CommitsNothingUnderTheOldFence()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(4);
        string store = bench.Store(ledgers);
        await bench.RunAsync(store, 1003, 1003);
        await using NpgsqlConnection blocker = await bench.Database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction block = await blocker.BeginTransactionAsync();
        await ExecuteAsync(blocker, "LOCK TABLE transactions IN SHARE ROW EXCLUSIVE MODE");
        Task<BackfillReport> run = bench.RunAsync(store, 1000, 1002, options => options with { Connections = 1 });
        await bench.Database.WaitForLockWaitAsync(run);

        // Another process has found the lease run out; it ends without a word, and its own lease runs out too.
        await bench.Database.ExecuteAsync("DELETE FROM backfill_leases");
        await bench.Database.ExecuteAsync(
            "INSERT INTO backfill_leases (first_ledger, last_ledger, replaces, owner, expires_at) VALUES (1000, 1002, false, 'elsewhere 1 "
                + "1 1', now() - interval '1 s')");
        await block.RollbackAsync();
        BackfillReport report = await run.WaitAsync(Bound);

        // The first batch was rolled back, and the ledgers were taken again under a new fence.
        Assert.Equal((3, 1), (report.Ledgers.Loaded, report.Batches));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableFact]
    public async Task Run_CancelledAtRandomAndRunAgain_EndsInEqualTables()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(40);
        string store = bench.Store(ledgers);
        await bench.MakeCursorsAsync(1040, 1040);
        var random = new Random(20_261_128);
        for (int round = 0; round < 8; round++)
        {
            using var caller = new CancellationTokenSource();
            long wanted = random.Next(1, 40);
            Task<BackfillReport> run = bench.RunAsync(store, 1000, 1039, options => options with { Connections = 3 }, caller.Token);
            while (!run.IsCompleted && await LoadedAsync(bench) < wanted) await Task.Delay(5);
            await caller.CancelAsync();
            await ((Task)run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Assert.True(run.IsCompletedSuccessfully || run.IsCanceled || run.Exception?.InnerException is OperationCanceledException,
                run.Exception?.ToString());
            GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, 1000, 1039);
            Assert.Equal((0, 0), (survey.CountOf(LedgerState.Torn), survey.CountOf(LedgerState.Found)));
            uint oldest = survey.Oldest!.Value;
            Assert.DoesNotContain(survey.Segments, segment => segment.State != LedgerState.Loaded && segment.Span.Last >= oldest);
            if (round % 3 == 2)
            {
                await bench.Database.ExecuteAsync(
                    "TRUNCATE backfill_batches, transactions, transactions_accounts, operations, operations_accounts, state_changes; "
                        + "UPDATE ingest_store SET value = '1040'");
            }
        }

        await bench.RunAsync(store, 1000, 1039);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal("1000 1040", await bench.CursorsAsync());
    }

    [SkippableFact]
    public async Task Run_SessionsKilledAgainAndAgain_BatchesAreTriedAgain()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(40);
        string store = bench.Store(ledgers);
        await bench.RunAsync(store, 1039, 1039);
        string address =
            new NpgsqlConnectionStringBuilder(bench.Database.ConnectionString) { ApplicationName = "backfiller" }.ConnectionString;
        await using NpgsqlDataSource source = ConnectionSettings.Parse(address).CreateDataSource();

        Task<BackfillReport> run = BackfillBench.RunAsync(source, store, BackfillBench.Options(1000, 1039) with { Attempts = 100 });
        int killed = 0;
        while (!run.IsCompleted && killed < 5)
        {
            killed += (int)await bench.Database.TerminateSessionsAsync("application_name LIKE 'backfiller load: copy%'");
            await Task.Delay(5);
        }

        try
        {
            await run.WaitAsync(Bound);
        }
        catch (PipelineException error) when (error.Kind == FailureKind.Database)
        {
            // A short look beside the batches may be the one that was hit; then the next run goes on.
            await bench.RunAsync(store, 1000, 1039);
        }

        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    private static Task<long> LoadedAsync(BackfillBench bench) => bench.Database.QueryAsync<long>(
        "SELECT CASE WHEN to_regclass('backfill_batches') IS NULL THEN 0 ELSE "
        + "(xpath('/row/c/text()', query_to_xml('SELECT coalesce(sum(last_ledger - first_ledger + 1), 0) AS c FROM backfill_batches', "
        + "false, true, '')))[1]::text::int8 END");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
