using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Tests.Jobs.Backfill;
using StellarPipeline.Stellar.Tests.Jobs.Populate;
using StellarPipeline.Stellar.Tests.Projections.History;
using StellarPipeline.Stellar.Timescale;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Timescale;

/// <summary>Settings of the history tables where they are hypertables, and the sentences where they are not.</summary>
public sealed class TimescaleConfigurationTests
{
    private const string RunReconcile =
        "SELECT reconcile_oldest_cursor(0, '{\"cursor_name\": \"oldest_ingest_ledger\"}')";

    [SkippableFact]
    public async Task ApplyAsync_NoExtension_IsRefusedInOneSentence()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();

        TimescaleException error = await Assert.ThrowsAsync<TimescaleException>(
            () => TimescaleConfiguration.ApplyAsync(database.DataSource, new TimescaleOptions { Retention = "90 days" }));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("The extension TimescaleDB is not installed", error.Message, StringComparison.Ordinal);
        Assert.Null((await TimescaleStatus.ReadAsync(database.DataSource)).Version);
    }

    [Fact]
    public void Validate_OptionsThatContradict_AreRefused()
    {
        Assert.Throws<TimescaleException>(() => new TimescaleOptions { RemoveRetention = true, Retention = "1 day" }.Validate());
        Assert.Throws<TimescaleException>(() => new TimescaleOptions { RemoveRetention = true, RunRetention = true }.Validate());
        Assert.Throws<TimescaleException>(() => new TimescaleOptions { MaxChunksToCompress = -1 }.Validate());
        new TimescaleOptions { Retention = "1 day", RunRetention = false }.Validate();
    }

    /// <summary>As in a database beyond the server's worker slots: policies exist, and nothing runs them.</summary>
    [SkippableFact]
    public async Task ReadAsync_DatabaseWithoutJobScheduler_SaysSo()
    {
        await using TestDatabase database = await CreateAsync();
        await TimescaleConfiguration.ApplyAsync(database.DataSource, new TimescaleOptions { CompressAfter = "3 days" });
        await database.ExecuteAsync("SELECT _timescaledb_functions.start_background_workers()");
        Assert.DoesNotContain((await UntilAsync(hasScheduler: true)).Remarks(), IsAboutIt);

        await database.ExecuteAsync("SELECT _timescaledb_functions.stop_background_workers()");

        Assert.Contains((await UntilAsync(hasScheduler: false)).Remarks(), IsAboutIt);

        static bool IsAboutIt(string remark) => remark.Contains("scheduler", StringComparison.Ordinal);

        async Task<TimescaleStatus> UntilAsync(bool hasScheduler)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (true)
            {
                TimescaleStatus status = await TimescaleStatus.ReadAsync(database.DataSource, patience.Token);
                if (status.HasScheduler == hasScheduler) return status;
                await Task.Delay(50, patience.Token);
            }
        }
    }

    [SkippableFact]
    public async Task ApplyAsync_Twice_ChangesOnceAndNewRetentionIsOff()
    {
        await using TestDatabase database = await CreateAsync();
        var options = new TimescaleOptions
        {
            ChunkInterval = "12 hours",
            Retention = "90 days",
            CompressAfter = "3 days",
            CompressEvery = "6 hours",
            MaxChunksToCompress = 7,
        };

        TimescaleReport first = await TimescaleConfiguration.ApplyAsync(database.DataSource, options);
        TimescaleReport second = await TimescaleConfiguration.ApplyAsync(database.DataSource, options);

        Assert.Equal(5 * 5 + 2, first.Changes.Count);
        Assert.Empty(second.Changes);
        Assert.Equal(5, second.Status.Hypertables.Count);
        Assert.All(second.Status.Hypertables, table => Assert.Equal("12:00:00", table.ChunkInterval));
        TimescaleJobState[] retention = [.. second.Status.Jobs.Where(job => job.Kind == TimescaleJobKind.Retention)];
        Assert.Equal(5, retention.Length);
        Assert.All(retention, job => Assert.False(job.IsOn));
        TimescaleJobState[] compression = [.. second.Status.Jobs.Where(job => job.Kind == TimescaleJobKind.Compression)];
        Assert.Equal(5, compression.Length);
        Assert.All(compression, job => Assert.Equal(("3 days", "06:00:00"), (job.After, job.Every)));
        Assert.Single(second.Status.Jobs, job => job.Kind == TimescaleJobKind.Reconcile);
        Assert.Equal(5, await database.QueryAsync<long>(
            "SELECT count(*) FROM timescaledb_information.jobs WHERE config->>'maxchunks_to_compress' = '7'"));
        Assert.Contains(second.Remarks, remark => remark.Contains("is switched off", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task ApplyAsync_RetentionReplacedAndRemoved_LeavesNoJob()
    {
        await using TestDatabase database = await CreateAsync();
        await TimescaleConfiguration.ApplyAsync(database.DataSource, new TimescaleOptions { Retention = "90 days" });

        TimescaleReport replaced = await TimescaleConfiguration.ApplyAsync(
            database.DataSource, new TimescaleOptions { Retention = "30 days" });
        TimescaleReport removed = await TimescaleConfiguration.ApplyAsync(
            database.DataSource, new TimescaleOptions { RemoveRetention = true });

        Assert.Equal(5, replaced.Changes.Count);
        Assert.All(
            replaced.Status.Jobs.Where(job => job.Kind == TimescaleJobKind.Retention), job => Assert.Equal("30 days", job.After));
        Assert.Equal(7, removed.Changes.Count);
        Assert.All(removed.Status.Jobs, job => Assert.Equal(TimescaleJobKind.Compression, job.Kind));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_proc WHERE proname = 'reconcile_oldest_cursor'"));
        TimescaleReport again = await TimescaleConfiguration.ApplyAsync(
            database.DataSource, new TimescaleOptions { RemoveRetention = true });
        Assert.Empty(again.Changes);
    }

    [SkippableFact]
    public async Task ApplyAsync_BadIntervalOrNothingToSwitch_IsRefused()
    {
        await using TestDatabase database = await CreateAsync();
        foreach (string text in new[] { "soon", "0 days", "-1 day" })
        {
            TimescaleException error = await Assert.ThrowsAsync<TimescaleException>(
                () => TimescaleConfiguration.ApplyAsync(database.DataSource, new TimescaleOptions { CompressAfter = text }));
            Assert.Contains($"\"{text}\"", error.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<TimescaleException>(
            () => TimescaleConfiguration.ApplyAsync(database.DataSource, new TimescaleOptions { RunRetention = true }));
    }

    [SkippableFact]
    public async Task ApplyAsync_RetentionSwitchedOnDuringABackfill_IsRefused()
    {
        await using TestDatabase database = await CreateAsync();
        await TimescaleConfiguration.ApplyAsync(database.DataSource, new TimescaleOptions { Retention = "90 days" });
        await database.ExecuteAsync(
            "INSERT INTO backfill_leases (first_ledger, last_ledger, replaces, owner, expires_at) "
            + "VALUES (10, 20, false, 'x', now() + interval '1 hour')");

        TimescaleException error = await Assert.ThrowsAsync<TimescaleException>(
            () => TimescaleConfiguration.ApplyAsync(database.DataSource, new TimescaleOptions { RunRetention = true }));
        await database.ExecuteAsync("DELETE FROM backfill_leases");
        TimescaleReport done = await TimescaleConfiguration.ApplyAsync(database.DataSource, new TimescaleOptions { RunRetention = true });

        Assert.Contains("A backfill of ledgers 10 to 20 is running", error.Message, StringComparison.Ordinal);
        Assert.All(done.Status.Jobs.Where(job => job.Kind == TimescaleJobKind.Retention), job => Assert.True(job.IsOn));
    }

    [SkippableFact]
    public async Task ApplyAsync_SessionBeginsAsReplica_WorksAsOrigin()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database()); END $$");
        await using var other = Npgsql.NpgsqlDataSource.Create(
            new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = "other" }.ConnectionString);

        TimescaleReport report = await TimescaleConfiguration.ApplyAsync(other, new TimescaleOptions { ChunkInterval = "2 days" });

        Assert.Equal(5, report.Changes.Count);
    }

    [SkippableFact]
    public async Task Remarks_ForeignKeyPointsAtAHypertable_IsNamed()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync(
            "CREATE TABLE notes (to_id bigint, at timestamptz, "
            + "CONSTRAINT notes_fk FOREIGN KEY (to_id, at) REFERENCES transactions (to_id, ledger_created_at))");

        TimescaleStatus status = await TimescaleStatus.ReadAsync(database.DataSource);

        Assert.Contains(
            status.Remarks(),
            remark => remark.StartsWith("Foreign key notes_fk of public.notes refers to transactions", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("off", true)]
    [InlineData("on", false)]
    public async Task Remarks_ChunkSkippingOfTheDatabase_IsToldWhereItIsOff(string setting, bool isTold)
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timescaledb.enable_chunk_skipping = "
            + $"{setting}', current_database()); END $$");
        await using var other = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = "other" }.ConnectionString);

        TimescaleStatus status = await TimescaleStatus.ReadAsync(other);

        Assert.Equal(isTold, status.Remarks().Any(
            remark => remark.StartsWith("timescaledb.enable_chunk_skipping is off", StringComparison.Ordinal)));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reconcile_OldestChunkDropped_RaisesTheCursorAndStrikesOutBatches(bool isCompressed)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        await MigrateAsync(bench.Database);
        await bench.MakeCursorsAsync(BackfillBench.First + 16, BackfillBench.First + 16);
        foreach (string table in new[] { "transactions", "transactions_accounts", "operations", "operations_accounts", "state_changes" })
            await bench.Database.ExecuteAsync($"SELECT set_chunk_time_interval('{table}', interval '20 seconds')");
        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(16)), BackfillBench.First, BackfillBench.First + 15);
        await TimescaleConfiguration.ApplyAsync(bench.Database.DataSource, new TimescaleOptions { Retention = "90 days" });
        await bench.Database.QueryAsync<object>(RunReconcile);
        string before = await bench.CursorsAsync();
        if (isCompressed) await bench.Database.ExecuteAsync("SELECT compress_chunk(c) FROM show_chunks('transactions') c");

        await bench.Database.ExecuteAsync(
            "SELECT drop_chunks('transactions', older_than => "
            + "(SELECT min(range_end) FROM timescaledb_information.chunks WHERE hypertable_name = 'transactions'))");
        await bench.Database.QueryAsync<object>(RunReconcile);

        Assert.Equal($"{BackfillBench.First} {BackfillBench.First + 16}", before);
        long lowest = await bench.Database.QueryAsync<long>("SELECT min(to_id >> 32) FROM transactions");
        Assert.True(lowest > BackfillBench.First);
        Assert.Equal($"{lowest} {BackfillBench.First + 16}", await bench.CursorsAsync());
        Assert.Equal(0, await bench.CountAsync("backfill_batches", $"first_ledger < {lowest}"));
        Assert.True(await bench.CountAsync("backfill_batches") > 0);
    }

    [SkippableFact]
    public async Task Reconcile_LowestLedgersHaveNoTransactions_StayCounted()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        await MigrateAsync(bench.Database);
        await bench.MakeCursorsAsync(BackfillBench.First + 8, BackfillBench.First + 8);
        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(8)), BackfillBench.First, BackfillBench.First + 7);
        await bench.Database.ExecuteAsync(
            $"INSERT INTO backfill_batches SELECT {BackfillBench.First - 5}, {BackfillBench.First - 1}, 'found', "
            + "NULL, NULL, NULL, 0, 0, 0, 0, 0, 'x', 'x'");
        await bench.Database.ExecuteAsync(
            $"UPDATE ingest_store SET value = '{BackfillBench.First - 5}' WHERE key = 'oldest_ingest_ledger'");
        await TimescaleConfiguration.ApplyAsync(bench.Database.DataSource, new TimescaleOptions { Retention = "90 days" });

        await bench.Database.QueryAsync<object>(RunReconcile);

        Assert.StartsWith($"{BackfillBench.First - 5} ", await bench.CursorsAsync(), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("+7")]
    [InlineData("")]
    [InlineData("99999999999")]
    [InlineData("seven")]
    public async Task Reconcile_CursorIsNoLedger_SaysSoAndChangesNothing(string value)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        await MigrateAsync(bench.Database);
        await bench.MakeCursorsAsync(BackfillBench.First + 2, BackfillBench.First + 2);
        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(2)), BackfillBench.First, BackfillBench.First + 1);
        await TimescaleConfiguration.ApplyAsync(bench.Database.DataSource, new TimescaleOptions { Retention = "90 days" });
        await bench.Database.ExecuteAsync($"UPDATE ingest_store SET value = '{value}' WHERE key = 'oldest_ingest_ledger'");

        PostgresException error = await Assert.ThrowsAsync<PostgresException>(() => bench.Database.QueryAsync<object>(RunReconcile));

        Assert.Contains(
            $"The cursor oldest_ingest_ledger in ingest_store is \"{value}\", which is not a ledger", error.MessageText,
            StringComparison.Ordinal);
        Assert.Equal([value], await bench.Database.RowsAsync("SELECT value FROM ingest_store WHERE key = 'oldest_ingest_ledger'"));
    }

    [SkippableFact]
    public async Task Reconcile_SchemaNameWithQuotesAndPercent_RaisesTheCursor()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await WalletHistory.RequireHypertablesAsync(database);
        const string quoted = "\"100% o'clock\"";
        await database.ExecuteAsync(
            $"CREATE SCHEMA {quoted}; ALTER DATABASE {database.Name} SET search_path = {quoted}, public");
        await using var inSchema = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { SearchPath = $"{quoted},public" }.ConnectionString);
        MigrationSet[] sets = [.. WalletSchema.Migrations, HistorySchema.Migrations];
        await new MigrationRunner(inSchema, sets, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await TimescaleConfiguration.ApplyAsync(inSchema, new TimescaleOptions { Retention = "90 days" });
        await database.ExecuteAsync(
            $"INSERT INTO {quoted}.transactions (to_id, hash, fee_charged, result_code, ledger_number, ledger_created_at) VALUES "
                + $"({9L << 32 | 1 << 12}, '\\x00', 1, 'x', 9, now()); INSERT INTO {quoted}.ingest_store VALUES "
                + $"('oldest_ingest_ledger', '3')");

        await database.ExecuteAsync($"SELECT {quoted}.reconcile_oldest_cursor(0, '{{\"cursor_name\": \"oldest_ingest_ledger\"}}')");

        Assert.Equal(["9"], await database.RowsAsync($"SELECT value FROM {quoted}.ingest_store"));
    }

    [SkippableFact]
    public async Task CopyIntoAChunk_KeyIsThere_NamesTheTableAndItsKey()
    {
        await using TestDatabase database = await CreateAsync();
        byte[][] ledgers = [.. BackfillBench.Ledgers(1).Select(ledger => ledger.CloseMeta.ToArray())];
        await HistoryLoad.RunAsync(database.DataSource, BackfillBench.Network, ledgers);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => HistoryLoad.RunAsync(database.DataSource, BackfillBench.Network, ledgers));

        Assert.Matches("constraint [a-z_]+_pkey: Duplicate key value violates unique constraint \"[a-z_]+_pkey\"", error.Message);
        Assert.Matches(@"\(In chunk _hyper_\d+_\d+_chunk\.\)", error.Message);
    }

    private static async Task<TestDatabase> CreateAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await WalletHistory.RequireHypertablesAsync(database);
        await MigrateAsync(database);
        return database;
    }

    private static async Task MigrateAsync(TestDatabase database)
    {
        MigrationSet[] schema = [HistorySchema.Migrations, BackfillSchema.Migrations];
        await new MigrationRunner(database.DataSource, schema, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
    }
}
