using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Tests.Jobs.Populate;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>
/// Ranges that hold no rows yet, filled beside the tables: the same rows, keys and indexes as in place, all at once or not at all.
/// </summary>
public sealed class BackfillBesideTests
{
    private const int Count = 40;
    private const uint Last = BackfillBench.First + Count - 1;

    [SkippableFact]
    public async Task RunAsync_EmptyPlainTables_FullOnesTakeTheirPlaceWithEverythingThatTheyHad()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(Count);
        await MigrateAsync(bench);
        await bench.Database.ExecuteAsync("GRANT SELECT ON operations, state_changes TO PUBLIC");
        string before = await DefinitionsAsync(bench);

        BackfillReport report = await RunAsync(bench, bench.Store(ledgers));

        Assert.Equal(("swap", 1, (long)Count), (report.Fill!.Way, report.Fill.Batches, report.Fill.Ledgers));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(before, await DefinitionsAsync(bench));
        Assert.Equal($"{BackfillBench.First}-{Last} loaded", await bench.BatchesAsync());
        Assert.Equal(0, await bench.CountAsync("backfill_leases"));
        await AssertNothingLeftAsync(bench);
    }

    [SkippableFact]
    public async Task RunAsync_AfterThat_WhatComesNextGoesInPlace()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(Count);
        string store = bench.Store(ledgers);
        await RunAsync(bench, store, from: BackfillBench.First + 20);

        BackfillReport report = await RunAsync(bench, store);

        Assert.Equal(("in_place", 20L), (report.Fill!.Way, report.Ledgers.Loaded));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task RunAsync_PartitionedTables_MissingPartitionsAreAttached(int connections)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(Count);
        await MigrateAsync(bench);
        await PartitionAsync(bench);
        foreach (CopyTable table in HistoryTables.All)
        {
            await bench.Database.ExecuteAsync(
                $"CREATE TABLE {table.Name}_old PARTITION OF {table.Name} "
                    + "FOR VALUES FROM ('2000-01-01 00:00:07+00') TO ('2000-01-01 00:01:07+00')");
        }

        BackfillReport report = await RunAsync(bench, bench.Store(ledgers), connections: connections);

        Assert.Equal(("partition", (long)Count), (report.Fill!.Way, report.Fill.Ledgers));
        Assert.True(report.Fill.Batches > 2, $"{report.Fill.Batches} partitions are too few to tell anything.");
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(report.Batches + 1, await bench.CountAsync("pg_inherits", "inhparent = 'transactions'::regclass"));
        Assert.Equal(
            await bench.CountAsync("pg_index", "indrelid = 'state_changes'::regclass") * (report.Batches + 1),
            await bench.CountAsync(
                "pg_index i JOIN pg_inherits h ON h.inhrelid = i.indrelid", "h.inhparent = 'state_changes'::regclass AND i.indisvalid"));
        await AssertNothingLeftAsync(bench);
    }

    [SkippableFact]
    public async Task RunAsync_PartitionedTablesWithoutPartition_OneOfADayIsAttached()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(8);
        await MigrateAsync(bench);
        await PartitionAsync(bench);

        BackfillReport report = await bench.RunAsync(bench.Store(ledgers), BackfillBench.First, BackfillBench.First + 7);

        Assert.Equal(("partition", 1, 8L), (report.Fill!.Way, report.Fill.Batches, report.Fill.Ledgers));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(
            ["operations_accounts_p20250101", "operations_p20250101", "state_changes_p20250101", "transactions_accounts_p20250101",
                "transactions_p20250101"],
            await bench.Database.RowsAsync("SELECT inhrelid::regclass::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent "
                + "WHERE c.relkind = 'p' ORDER BY 1"));
    }

    [SkippableTheory]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    public async Task RunAsync_InPlaceIntoPartitionedTables_MissingPartitionsAreMadeFirst(bool isStream, int connections)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(Count);
        await MigrateAsync(bench);
        await PartitionAsync(bench);
        foreach (CopyTable table in HistoryTables.All)
        {
            await bench.Database.ExecuteAsync(
                $"CREATE TABLE {table.Name}_old PARTITION OF {table.Name} "
                    + "FOR VALUES FROM ('2000-01-01 00:00:07+00') TO ('2000-01-01 00:01:07+00')");
        }

        BackfillReport report = await bench.RunAsync(
            isStream ? bench.Stream(ledgers) : bench.Store(ledgers), BackfillBench.First, Last,
            options => options with { Fill = BackfillFill.InPlace, Connections = connections });

        Assert.Equal(("in_place", (long)Count), (report.Fill!.Way, report.Ledgers.Loaded));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        long partitions = await bench.CountAsync("pg_inherits", "inhparent = 'transactions'::regclass");
        Assert.True(partitions > 3, $"{partitions} partitions are too few to tell anything.");
        Assert.Equal(
            await bench.CountAsync("pg_index", "indrelid = 'state_changes'::regclass") * partitions,
            await bench.CountAsync(
                "pg_index i JOIN pg_inherits h ON h.inhrelid = i.indrelid", "h.inhparent = 'state_changes'::regclass AND i.indisvalid"));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task RunAsync_Hypertables_FullTablesBecomeChunks(int connections)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(Count);
        await MigrateAsync(bench);
        foreach (CopyTable table in HistoryTables.All)
            await bench.Database.ExecuteAsync($"SELECT set_chunk_time_interval('{table.Name}', interval '60 seconds')");

        BackfillReport report = await RunAsync(bench, bench.Store(ledgers), connections: connections);

        Assert.Equal(("chunk", (long)Count), (report.Fill!.Way, report.Fill.Ledgers));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(
            report.Fill.Batches, await bench.CountAsync("timescaledb_information.chunks", "hypertable_name = 'transactions'"));

        // They are chunks like others: rows come in, they are compressed, and retention takes them away.
        await bench.Database.ExecuteAsync("SELECT compress_chunk(c) FROM show_chunks('state_changes') c");
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        await bench.Database.ExecuteAsync("SELECT drop_chunks('transactions', older_than => 'infinity'::timestamptz)");
        Assert.Equal(0, await bench.CountAsync("transactions"));
        await AssertNothingLeftAsync(bench);
    }

    [SkippableFact]
    public async Task RunAsync_EndedInTheMiddle_NothingRemainsAndTheNextRunIsWhole()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(Count);
        string store = bench.Store(ledgers);
        string broken = BackfillBench.Object(store, BackfillBench.First + 30);
        byte[] whole = await File.ReadAllBytesAsync(broken);
        await File.WriteAllBytesAsync(broken, whole[..(whole.Length / 2)]);

        await Assert.ThrowsAnyAsync<PipelineException>(() => RunAsync(bench, store));

        Assert.Equal("", await bench.BatchesAsync());
        foreach (CopyTable table in HistoryTables.All) Assert.Equal(0, await bench.CountAsync(table.Name));
        await AssertNothingLeftAsync(bench);
        await File.WriteAllBytesAsync(broken, whole);
        BackfillReport report = await RunAsync(bench, store);
        Assert.Equal("swap", report.Fill!.Way);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableTheory]
    [InlineData(2)]
    [InlineData(7)]
    public async Task RunAsync_SessionIsEndedWhileIndexesAreBuilt_NothingRemainsAndTheNextTryIsWhole(int killed)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(Count);
        await MigrateAsync(bench);

        // Five are built when it is tried whether the tables can take their place, five after the rows. A sequence forgets no roll-back.
        await bench.Database.ExecuteAsync(
            $"""
            CREATE SEQUENCE seen;
            CREATE FUNCTION kill() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN IF nextval('public.seen') = {killed} THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; END $$;
            CREATE EVENT TRIGGER killing ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION kill()
            """);

        BackfillReport report = await RunAsync(bench, bench.Store(ledgers));

        Assert.Equal(killed + 10, await bench.Database.QueryAsync<long>("SELECT last_value FROM seen"));
        Assert.Equal((1, "swap", 1), (report.Retries, report.Fill!.Way, report.Fill.Batches));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        await AssertNothingLeftAsync(bench);
    }

    [SkippableTheory]
    [InlineData("CREATE RULE watch AS ON DELETE TO transactions DO ALSO NOTHING")]
    [InlineData("CREATE VIEW seen AS SELECT * FROM transactions")]
    [InlineData("COMMENT ON TABLE transactions IS 'kept'")]
    [InlineData("ALTER TABLE transactions SET (fillfactor = 70)")]
    [InlineData("CREATE TABLE child (hash bytea) INHERITS (state_changes)")]
    public async Task RunAsync_TableHasWhatAnotherInItsPlaceWouldNot_GoesInPlaceAndSaysWhy(string given)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(8);
        await MigrateAsync(bench);
        await bench.Database.ExecuteAsync(given);
        string before = await DefinitionsAsync(bench);

        BackfillReport report = await RunAsync(bench, bench.Store(ledgers), to: BackfillBench.First + 7);

        Assert.Equal(0, report.Fill!.Batches);
        Assert.Contains("was written in place instead", report.Fill.Sentence, StringComparison.Ordinal);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(before, await DefinitionsAsync(bench));
        await AssertNothingLeftAsync(bench);
    }

    [SkippableTheory]
    [InlineData("swap")]
    [InlineData("partition")]
    [InlineData("chunk")]
    public async Task RunAsync_SeveralAtOnce_EveryLedgerIsLoadedOnce(string way)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        if (way == "chunk") await WalletHistory.RequireHypertablesAsync(bench.Database);
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(Count);
        string store = bench.Store(ledgers);
        await MigrateAsync(bench);
        if (way == "partition") await PartitionAsync(bench);

        BackfillReport[] reports = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RunAsync(bench, store)));

        Assert.Equal(Count, reports.Sum(report => report.Ledgers.Loaded));
        Assert.Contains(reports, report => report.Fill?.Way == way && report.Fill.Batches > 0);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(0, await bench.CountAsync("backfill_leases"));
        await AssertNothingLeftAsync(bench);
    }

    [SkippableFact]
    public async Task MakeAsync_FewLedgers_TellsThatTheyGoInPlaceAndWhy()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await MigrateAsync(bench);
        string store = bench.Store(BackfillBench.Ledgers(8));
        await using ILedgerSource source = await LedgerSources.OpenAsync(
            [store], new LedgerStoreOptions { NetworkPassphrase = BackfillBench.Network.Passphrase });
        BackfillOptions options = BackfillBench.Options(BackfillBench.First, BackfillBench.First + 7);

        BackfillEstimate few = await BackfillEstimate.MakeAsync(source, bench.Database.DataSource, options);
        BackfillEstimate asked =
            await BackfillEstimate.MakeAsync(source, bench.Database.DataSource, options with { Fill = BackfillFill.Beside });

        Assert.Equal(("in_place", "swap"), (few.Fill!.Way, asked.Fill!.Way));
        Assert.Contains("not worth it", few.Fill.Sentence, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_PartitionIsThereAlready_ReportSaysThatNoBatchFilledSeparateTables()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(8));
        await MigrateAsync(bench);
        await PartitionAsync(bench);

        BackfillReport first = await RunAsync(bench, store, from: BackfillBench.First + 4, to: BackfillBench.First + 7);
        BackfillReport second = await RunAsync(bench, store, to: BackfillBench.First + 3);

        Assert.Equal((4L, 0L, 4L), (first.Fill!.Ledgers, second.Fill!.Ledgers, second.Ledgers.Loaded));
        Assert.DoesNotContain("No batch", first.Fill.Sentence, StringComparison.Ordinal);
        Assert.Contains("No batch of this run was", second.Fill.Sentence, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task MakeAsync_TablesDoNotExistYet_TellsTheWayThatTheRunTakes()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(70));
        await using ILedgerSource source = await LedgerSources.OpenAsync(
            [store], new LedgerStoreOptions { NetworkPassphrase = BackfillBench.Network.Passphrase });
        BackfillOptions options = BackfillBench.Options(BackfillBench.First, BackfillBench.First + 69);

        BackfillEstimate estimate = await BackfillEstimate.MakeAsync(source, bench.Database.DataSource, options);
        BackfillEstimate inPlace = await BackfillEstimate.MakeAsync(
            source, bench.Database.DataSource, options with { Fill = BackfillFill.InPlace });
        BackfillEstimate refused = await BackfillEstimate.MakeAsync(source, bench.Database.DataSource, options with { Migrate = false });
        BackfillReport report = await bench.RunAsync(store, options.From, options.To);

        Assert.Equal((report.Fill!.Way, report.Fill.Sentence, (long)report.Batches),
            (estimate.Fill!.Way, estimate.Fill.Sentence, estimate.Batches));
        Assert.Equal(("in_place", 18L), (inPlace.Fill!.Way, inPlace.Batches));
        Assert.Null(refused.Fill);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MakeAsync_FewLedgersIntoHypertables_TellsThatTheyGoInPlaceAndWhy(bool areThere)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        if (areThere) await MigrateAsync(bench);
        string store = bench.Store(BackfillBench.Ledgers(8));
        await using ILedgerSource source = await LedgerSources.OpenAsync(
            [store], new LedgerStoreOptions { NetworkPassphrase = BackfillBench.Network.Passphrase });
        BackfillOptions options = BackfillBench.Options(BackfillBench.First, BackfillBench.First + 7);

        BackfillEstimate estimate = await BackfillEstimate.MakeAsync(source, bench.Database.DataSource, options);
        BackfillReport report = await bench.RunAsync(store, options.From, options.To);

        Assert.Equal(("in_place", "in_place"), (estimate.Fill!.Way, report.Fill!.Way));
        Assert.Contains("not worth it", estimate.Fill.Sentence, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task MakeAsync_ForeignKeysOfTheTables_AreNamedAndReplicaIsNotUsed()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await MigrateAsync(bench);
        await using ILedgerSource source = await LedgerSources.OpenAsync(
            [bench.Store(BackfillBench.Ledgers(2))], new LedgerStoreOptions { NetworkPassphrase = BackfillBench.Network.Passphrase });
        BackfillOptions options = BackfillBench.Options(BackfillBench.First, BackfillBench.First + 1);

        string none = (await BackfillEstimate.MakeAsync(source, bench.Database.DataSource, options)).ForeignKeys;
        await bench.Database.ExecuteAsync(
            "CREATE TABLE kinds (kind text PRIMARY KEY); "
            + "ALTER TABLE operations ADD CONSTRAINT operations_kind FOREIGN KEY (operation_type) REFERENCES kinds");
        string one = (await BackfillEstimate.MakeAsync(source, bench.Database.DataSource, options)).ForeignKeys;

        Assert.StartsWith("None on the history tables", none, StringComparison.Ordinal);
        Assert.StartsWith("PostgreSQL checks operations_kind;", one, StringComparison.Ordinal);
    }

    private static Task<BackfillReport> RunAsync(
        BackfillBench bench, string store, uint from = BackfillBench.First, uint to = Last, int connections = 2) =>
        bench.RunAsync(store, from, to, options => options with { Fill = BackfillFill.Beside, Connections = connections });

    /// <summary>Makes partitioned tables of the plain ones.</summary>
    private static async Task PartitionAsync(BackfillBench bench)
    {
        foreach (CopyTable table in HistoryTables.All)
        {
            await bench.Database.ExecuteAsync(
                $"""
                CREATE TABLE wide (LIKE {table.Name} INCLUDING ALL) PARTITION BY RANGE (ledger_created_at);
                DROP TABLE {table.Name};
                ALTER TABLE wide RENAME TO {table.Name}
                """);
        }
    }

    private static Task MigrateAsync(BackfillBench bench) => new MigrationRunner(
        bench.Database.DataSource, [HistorySchema.Migrations, BackfillSchema.Migrations], new MigrationRunnerOptions(),
        NullLogger.Instance).UpAsync();

    /// <summary>Columns, constraints, indexes, rights and rules of the history tables, as text.</summary>
    private static async Task<string> DefinitionsAsync(BackfillBench bench)
    {
        var texts = new List<string>();
        foreach (CopyTable table in HistoryTables.All)
        {
            string id = $"'{table.Name}'::regclass";
            texts.AddRange(await bench.Database.RowsAsync($"SELECT indexdef FROM pg_indexes WHERE tablename = '{table.Name}' ORDER BY 1"));
            texts.AddRange(await bench.Database.RowsAsync(
                $"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {id} ORDER BY 1"));
            texts.AddRange(await bench.Database.RowsAsync($"SELECT rulename FROM pg_rewrite WHERE ev_class = {id} ORDER BY 1"));
            texts.AddRange(await bench.Database.RowsAsync(
                $"SELECT relacl::text, reloptions::text, obj_description(oid, 'pg_class') FROM pg_class WHERE oid = {id}"));
            texts.AddRange(await bench.Database.RowsAsync(
                "SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute "
                    + $"LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = {id} AND attnum > 0 "
                    + "ORDER BY attnum"));
        }

        return string.Join('\n', texts);
    }

    private static async Task AssertNothingLeftAsync(BackfillBench bench) =>
        Assert.Equal(0, await bench.CountAsync("pg_class", "relname LIKE '%beside%'"));
}
