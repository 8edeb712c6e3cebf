using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Tests.Jobs.Populate;

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
}
