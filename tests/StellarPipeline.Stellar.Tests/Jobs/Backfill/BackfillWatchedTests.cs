using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Tests.Jobs.Populate;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>Tables of which others watch each inserted row: rows are inserted, not put in place with a whole table.</summary>
public sealed class BackfillWatchedTests
{
    private const string Watch =
        """
        CREATE TABLE seen (to_id bigint);
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (NEW.to_id); RETURN NULL; END $$;
        CREATE TRIGGER watching AFTER INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION see()
        """;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_TriggerForInsertedRows_SeesEveryRowAndNoOther(bool areHypertables)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        if (areHypertables) await WalletHistory.RequireHypertablesAsync(bench.Database);
        await MigrateAsync(bench, isPartitioned: !areHypertables);
        await bench.Database.ExecuteAsync(Watch);
        if (areHypertables)
        {
            // Chunks of another width, which the chunks of the run must not overlap.
            await bench.Database.ExecuteAsync("SELECT set_chunk_time_interval('transactions', interval '7 seconds')");
            await bench.Database.ExecuteAsync(
                "INSERT INTO transactions (to_id, hash, fee_charged, result_code, ledger_number, ledger_created_at) "
                    + "VALUES (1, '', 0, '', 0, '2025-01-01 00:00:20+00'); DELETE FROM transactions; TRUNCATE seen");
            foreach (CopyTable table in HistoryTables.All)
                await bench.Database.ExecuteAsync($"SELECT set_chunk_time_interval('{table.Name}', interval '60 seconds')");
        }

        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(24);
        BackfillReport report = await RunAsync(bench, bench.Store(ledgers));

        Assert.Contains("a trigger", report.Fill!.Sentence, StringComparison.Ordinal);
        Assert.Equal(
            await bench.Database.RowsAsync("SELECT to_id FROM transactions ORDER BY 1"),
            await bench.Database.RowsAsync("SELECT to_id FROM seen ORDER BY 1"));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableFact]
    public async Task RunAsync_ContinuousAggregate_CountsEveryRow()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await WalletHistory.RequireHypertablesAsync(bench.Database);
        await MigrateAsync(bench, isPartitioned: false);
        await bench.Database.ExecuteAsync(
            "CREATE MATERIALIZED VIEW hourly WITH (timescaledb.continuous) AS SELECT time_bucket('1 hour', ledger_created_at) AS hour, "
                + "count(*) AS n FROM transactions GROUP BY 1 WITH NO DATA");
        const string Refresh = "CALL refresh_continuous_aggregate('hourly', '2024-01-01', '2026-01-01')";
        await bench.Database.ExecuteAsync(Refresh);

        await RunAsync(bench, bench.Store(BackfillBench.Ledgers(24)));
        await bench.Database.ExecuteAsync(Refresh);

        Assert.Equal(await bench.CountAsync("transactions"), await bench.Database.QueryAsync<long>("SELECT sum(n)::int8 FROM hourly"));
    }

    [SkippableTheory]
    [InlineData("FOR ALL TABLES")]
    [InlineData("FOR TABLES IN SCHEMA public")]
    public async Task RunAsync_RowsArePublished_AreInsertedUnderTheTablesOwnNames(string tables)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        Skip.IfNot(
            await bench.Database.QueryAsync<bool>(
                "SELECT current_setting('wal_level') = 'logical' AND current_setting('server_version_num')::int >= 150000"),
            "The test server does not publish: name one of PostgreSQL 15 with wal_level = logical in PIPELINE_TEST_DATABASE.");
        await MigrateAsync(bench, isPartitioned: false);
        await bench.Database.ExecuteAsync($"CREATE PUBLICATION everything {tables}");

        BackfillReport report = await RunAsync(bench, bench.Store(BackfillBench.Ledgers(24)));

        Assert.Equal("in_place", report.Fill!.Way);
        Assert.Contains("a publication", report.Fill.Sentence, StringComparison.Ordinal);
    }

    private static Task<BackfillReport> RunAsync(BackfillBench bench, string store) => bench.RunAsync(
        store, BackfillBench.First, BackfillBench.First + 23, options => options with { Fill = BackfillFill.Beside });

    private static async Task MigrateAsync(BackfillBench bench, bool isPartitioned)
    {
        await new MigrationRunner(
            bench.Database.DataSource, [HistorySchema.Migrations, BackfillSchema.Migrations], new MigrationRunnerOptions(),
            NullLogger.Instance).UpAsync();
        if (!isPartitioned) return;
        foreach (CopyTable table in HistoryTables.All)
        {
            await bench.Database.ExecuteAsync(
                $"CREATE TABLE wide (LIKE {table.Name} INCLUDING ALL) PARTITION BY RANGE (ledger_created_at); DROP TABLE {table.Name}; "
                    + $"ALTER TABLE wide RENAME TO {table.Name}");
        }
    }
}
