using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Tests.Jobs.Populate;
using StellarPipeline.Stellar.Timescale;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>Batches on several connections into hypertables, whose chunks nobody waits for.</summary>
public sealed class BackfillHypertableTests
{
    private static readonly string[] Tables =
        ["transactions", "transactions_accounts", "operations", "operations_accounts", "state_changes"];

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task RunAsync_BatchesThatNeedManyNewChunks_EqualsPlainTables(int connections)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(64);
        string store = bench.Store(ledgers);
        MigrationSet[] schema = [HistorySchema.Migrations, BackfillSchema.Migrations];
        await new MigrationRunner(bench.Database.DataSource, schema, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        foreach (string table in Tables)
            await bench.Database.ExecuteAsync($"SELECT set_chunk_time_interval('{table}', interval '12 seconds')");

        BackfillReport report = await bench.RunAsync(
            store, BackfillBench.First, BackfillBench.First + 63,
            options => options with { Connections = connections, BatchLedgers = 3, LockTimeout = TimeSpan.FromSeconds(30) });

        Assert.Equal(64, report.Ledgers.Loaded);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        long fewest = await bench.Database.QueryAsync<long>(
            "SELECT min(n) FROM (SELECT count(*) AS n FROM timescaledb_information.chunks GROUP BY hypertable_name) c");
        Assert.True(fewest > 5, $"{fewest} chunks are too few for batches to need the same one.");
    }

    /// <summary>
    /// The first row in a compressed chunk marks it, and sessions that come first there wait for that transaction, whose COMMIT may wait
    /// for their proof.
    /// </summary>
    [SkippableFact]
    public async Task RunAsync_ConnectionsInOneCompressedChunk_FindItMarkedBeforeAnyOfThemCommits()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(48);
        string store = bench.Store(ledgers);
        await bench.RunAsync(store, BackfillBench.First + 24, BackfillBench.First + 47);
        await bench.Database.ExecuteAsync(
            "SELECT compress_chunk(format('%I.%I', chunk_schema, chunk_name)) FROM timescaledb_information.chunks");
        const string Unmarked = "SELECT count(*) FROM _timescaledb_catalog.chunk WHERE status & 1 <> 0 AND status & 8 = 0";
        Assert.Equal(Tables.Length, await bench.Database.QueryAsync<long>(Unmarked));
        await bench.Database.ExecuteAsync(
            "CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS "
                + "'BEGIN PERFORM pg_catalog.pg_advisory_xact_lock(42); RETURN NEW; END'; "
                + "CREATE TRIGGER wait BEFORE INSERT ON backfill_batches FOR EACH ROW EXECUTE FUNCTION public.wait()");
        await using NpgsqlConnection keeper = await bench.Database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction keeping = await keeper.BeginTransactionAsync();
        await using (var locking = new NpgsqlCommand("SELECT pg_advisory_xact_lock(42)", keeper)) await locking.ExecuteNonQueryAsync();

        Task<BackfillReport> run = bench.RunAsync(
            store, BackfillBench.First, BackfillBench.First + 23,
            options => options with
            {
                Connections = 2,
                BatchLedgers = 12,
                Fill = BackfillFill.InPlace,
                LockTimeout = TimeSpan.FromMinutes(2),
            });
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!run.IsCompleted && await bench.Database.QueryAsync<long>(Unmarked) > 0) await Task.Delay(20, patience.Token);
        await keeping.RollbackAsync();

        Assert.Equal(24, (await run).Ledgers.Loaded);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableFact]
    public async Task RunAsync_RepairOfCompressedChunks_ServerLimitsRowsOfATransaction_IsRepaired()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        string store = bench.Store(BackfillBench.Ledgers(12));
        await bench.RunAsync(store, 1000, 1011);
        string whole = await bench.StateAsync();
        await bench.Database.ExecuteAsync("DELETE FROM operations_accounts WHERE operation_id >> 32 = 1005");
        await bench.Database.ExecuteAsync(
            "SELECT compress_chunk(format('%I.%I', chunk_schema, chunk_name)) FROM timescaledb_information.chunks");
        await bench.Database.ExecuteAsync(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timescaledb.max_tuples_decompressed_per_dml_transaction = 1', "
                + "current_database()); END $$");
        bench.Database.DataSource.Clear();

        await bench.RunAsync(store, 1000, 1011, options => options with { Repair = true });

        Assert.Equal(whole, await bench.StateAsync());
    }

    [SkippableTheory]
    [InlineData(1, false)]
    [InlineData(3, true)]
    public async Task RunAsync_Compress_CompressesFinishedChunksAlone(int connections, bool hasOldNames)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(64);
        MigrationSet[] schema = [HistorySchema.Migrations, BackfillSchema.Migrations];
        await new MigrationRunner(bench.Database.DataSource, schema, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        foreach (string table in Tables)
            await bench.Database.ExecuteAsync($"SELECT set_chunk_time_interval('{table}', interval '60 seconds')");
        if (hasOldNames) await bench.Database.ExecuteAsync("ALTER PROCEDURE convert_to_columnstore RENAME TO convert_to_columnstore_newer");
        string store = bench.Store(ledgers);

        BackfillReport upper = await bench.RunAsync(
            store, BackfillBench.First + 24, BackfillBench.First + 63,
            options => options with { Compress = true, Connections = connections });
        List<string> first = await ChunksAsync(bench);
        BackfillReport lower = await bench.RunAsync(
            store, BackfillBench.First, BackfillBench.First + 23, options => options with { Compress = true, Connections = connections });

        Assert.Contains(upper.Remarks, remark => remark.EndsWith("chunks were compressed.", StringComparison.Ordinal));
        Assert.Contains(lower.Remarks, remark => remark.EndsWith("chunks were compressed.", StringComparison.Ordinal));
        AssertOnlyTheEndsAreOpen(first);
        AssertOnlyTheEndsAreOpen(await ChunksAsync(bench));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(0, await bench.CountAsync(
            "timescaledb_information.chunks c",
            "is_compressed AND hypertable_name = 'transactions' AND NOT EXISTS (SELECT FROM _timescaledb_catalog.chunk k "
            + "JOIN _timescaledb_catalog.chunk_column_stats s ON s.chunk_id = k.id AND s.column_name = 'ledger_number' "
            + "WHERE k.table_name = c.chunk_name)"));
        GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, null, null);
        Assert.Equal(64, survey.CountOf(LedgerState.Loaded));
    }

    [SkippableFact]
    public async Task RunAsync_CompressWithoutHypertables_IsRefusedBeforeAnythingIsLoaded()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();

        BackfillException error = await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(
            bench.Store(BackfillBench.Ledgers(2)), BackfillBench.First, BackfillBench.First + 1,
            options => options with { Compress = true }));

        Assert.Contains("there is nothing to compress", error.Message, StringComparison.Ordinal);
        Assert.Equal("", await bench.BatchesAsync());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_RetentionWouldDropTheRange_IsRefusedOrSwitchedOff(bool isStream)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(4);
        string place = isStream ? bench.Stream(ledgers) : bench.Store(ledgers);
        MigrationSet[] schema = [HistorySchema.Migrations, BackfillSchema.Migrations];
        await new MigrationRunner(bench.Database.DataSource, schema, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await TimescaleConfiguration.ApplyAsync(
            bench.Database.DataSource, new TimescaleOptions { Retention = "30 days", RunRetention = true });

        BackfillException error = await Assert.ThrowsAsync<BackfillException>(
            () => bench.RunAsync(place, BackfillBench.First, BackfillBench.First + 3));
        string batches = await bench.BatchesAsync();
        string? refused = (await EstimateAsync(suspends: false)).Retention;
        string? suspended = (await EstimateAsync(suspends: true)).Retention;
        BackfillReport report = await bench.RunAsync(
            place, BackfillBench.First, BackfillBench.First + 3, options => options with { SuspendRetention = true });

        Assert.Equal(Dataflow.FailureKind.Usage, error.Kind);
        Assert.Contains("drops rows older than 30 days", error.Message, StringComparison.Ordinal);
        Assert.Equal("", batches);
        Assert.Equal($"The run would be refused. {error.Message}", refused);
        Assert.StartsWith("The run would switch off the retention policies of operations, ", suspended, StringComparison.Ordinal);
        Assert.Contains(report.Remarks, remark => remark.Contains("were switched off", StringComparison.Ordinal));
        Assert.Equal(0, await bench.CountAsync("timescaledb_information.jobs", "proc_name = 'policy_retention' AND scheduled"));

        async Task<BackfillEstimate> EstimateAsync(bool suspends)
        {
            await using ILedgerSource source = await LedgerSources.OpenAsync([place]);
            return await BackfillEstimate.MakeAsync(
                source, bench.Database.DataSource,
                BackfillBench.Options(BackfillBench.First, BackfillBench.First + 3) with { SuspendRetention = suspends });
        }
    }

    [SkippableFact]
    public async Task RunAsync_InsertVacuum_IsPostponedForChunksTooAndTakenBack()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        string store = bench.Store(BackfillBench.Ledgers(8));
        await bench.RunAsync(store, BackfillBench.First, BackfillBench.First + 3);

        // What a killed run left, and what the operator wants for good.
        await bench.Database.ExecuteAsync(
            "ALTER TABLE transactions SET (autovacuum_vacuum_insert_scale_factor = 100, autovacuum_vacuum_insert_threshold = 1999999999); "
            + "ALTER TABLE operations SET (autovacuum_vacuum_insert_threshold = 2000000000)");
        long seen = await bench.CountAsync(
            "pg_class", "relname LIKE '_hyper%' AND 'autovacuum_vacuum_insert_threshold=1999999999' = ANY (reloptions)");
        await bench.RunAsync(store, BackfillBench.First + 4, BackfillBench.First + 7);

        Assert.Equal(1, seen);
        Assert.Equal(0, await bench.CountAsync("pg_class", "'autovacuum_vacuum_insert_threshold=1999999999' = ANY (reloptions)"));
        Assert.Equal(2, await bench.CountAsync("pg_class", "'autovacuum_vacuum_insert_threshold=2000000000' = ANY (reloptions)"));
    }

    [SkippableFact]
    public async Task RunAsync_SessionsBeginAsReplica_InsertVacuumOfChunksIsTakenBack()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        await bench.Database.ExecuteAsync(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database()); END $$");
        await using NpgsqlDataSource others = OthersOf(bench.Database);
        await using ILedgerSource source = await LedgerSources.OpenAsync([bench.Store(BackfillBench.Ledgers(4))]);
        BackfillOptions options = BackfillBench.Options(BackfillBench.First, BackfillBench.First + 3);

        BackfillReport report = await new BackfillJob(source, others, options, NullLoggerFactory.Instance).RunAsync();

        Assert.Equal(4, report.Ledgers.Loaded);
        Assert.Equal(5, await bench.CountAsync("timescaledb_information.chunks"));
        Assert.Equal(
            0, await bench.CountAsync("pg_class", "array_to_string(reloptions, ',') LIKE '%autovacuum_vacuum_insert_threshold%'"));
    }

    [SkippableFact]
    public async Task RunTogetherAsync_CountsInTheColumnstore_NeedNoWorkers()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(4)), BackfillBench.First, BackfillBench.First + 3);
        await bench.Database.ExecuteAsync(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET max_parallel_workers_per_gather = 3', current_database()); END $$");
        await using NpgsqlDataSource others = OthersOf(bench.Database);

        string before = await WorkersAsync(others);
        await bench.Database.ExecuteAsync("SELECT compress_chunk(c) FROM show_chunks('operations') c");
        string after = await WorkersAsync(others);

        Assert.Equal(("3", "0"), (before, after));
    }

    [SkippableFact]
    public async Task UpAsync_TimescaleIsThere_MakesHypertablesThatCompressFromTomorrowOn()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(1)), BackfillBench.First, BackfillBench.First);

        Assert.Equal(
            Tables.Order(),
            await bench.Database.RowsAsync("SELECT hypertable_name::text FROM timescaledb_information.hypertables ORDER BY 1"));
        Assert.Equal(5, await bench.Database.QueryAsync<long>(
            "SELECT count(*) FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression' "
            + "AND initial_start > now() + interval '20 hours'"));
        Assert.Equal(7, await bench.Database.QueryAsync<long>(
            "SELECT count(DISTINCT (hypertable_id, column_name)) FROM _timescaledb_catalog.chunk_column_stats"));
    }

    /// <summary>Sessions that begin with the settings that the database has by then.</summary>
    private static NpgsqlDataSource OthersOf(TestDatabase database) => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = "other" }.ConnectionString);

    /// <summary>Workers that the counts of a look for gaps may have.</summary>
    private static Task<string> WorkersAsync(NpgsqlDataSource database) => new QueryRunner(database).RunTogetherAsync(
        async state =>
        {
            await new GapFinder(state, hasBookkeeping: true).FindAsync(
                new LedgerSpan(BackfillBench.First, BackfillBench.First + 3), trustsBookkeeping: false, default);
            var setting = new Query("test.workers", "none", "SELECT current_setting('max_parallel_workers_per_gather')");
            return (await state.ListAsync(setting, [], static reader => reader.GetString(0), default))[0];
        },
        default);

    /// <summary>Chunks by table and time, and whether they are compressed.</summary>
    private static Task<List<string>> ChunksAsync(BackfillBench bench) => bench.Database.RowsAsync(
        "SELECT hypertable_name, is_compressed FROM timescaledb_information.chunks ORDER BY hypertable_name, range_start");

    private static void AssertOnlyTheEndsAreOpen(List<string> chunks)
    {
        foreach (IGrouping<string, string> table in chunks.GroupBy(chunk => chunk.Split('|')[0]))
        {
            string[] states = [.. table.Select(chunk => chunk.Split('|')[1])];
            Assert.True(states.Length > 3, $"{table.Key} has {states.Length} chunks, which is too few to tell anything.");
            Assert.Equal(["False", .. Enumerable.Repeat("True", states.Length - 2), "False"], states);
        }
    }
}
