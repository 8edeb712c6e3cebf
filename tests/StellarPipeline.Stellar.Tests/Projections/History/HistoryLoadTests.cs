using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>PostgreSQL takes the rows into the tables that the migrations make, and holds the expected ones afterwards.</summary>
public sealed class HistoryLoadTests
{
    [SkippableFact]
    public async Task Load_LedgerOfEveryOperation_TablesHoldAsManyRowsAsWereCounted()
    {
        await using TestDatabase database = await CreateTablesAsync();

        HistoryCounts counts = await HistoryLoad.RunAsync(database.DataSource, TestLedger.Network, [LedgerSamples.Ledger()]);

        foreach (CopyTable table in HistoryTables.All)
            Assert.Equal(counts.RowsOf(table), await database.QueryAsync<long>($"SELECT count(*) FROM {table.QualifiedName}"));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM transactions WHERE ingested_at IS NULL"));
    }

    // One database for all sets, emptied in between: to make one takes longer than to fill it.
    [SkippableFact]
    public async Task Load_RecordedLedgers_TablesHoldUpstreamsRows()
    {
        string tables = string.Join(", ", HistoryTables.All.Select(table => table.QualifiedName));
        List<GoldenSet> sets = [.. GoldenSet.Names().Select(name => GoldenSet.Open((string)name[0]))];
        await using TestDatabase database = await CreateTablesAsync();
        foreach (GoldenSet set in sets)
        {
            await database.ExecuteAsync($"TRUNCATE {tables}");

            await HistoryLoad.RunAsync(database.DataSource, set.Network(), set.Ledgers());

            foreach (CopyTable table in HistoryTables.All)
            {
                List<string> stored = await database.RowsAsync(
                    $"SELECT concat_ws(',', {string.Join(", ", table.Columns.Select(Printed))}) FROM {table.QualifiedName}");
                Assert.Equal([set.Name, .. set.Expected(table)], [set.Name, .. stored.Order(StringComparer.Ordinal)]);
            }
        }
    }

    [SkippableFact]
    public async Task Load_SameLedgerAgain_IsRefusedByTheKeys()
    {
        await using TestDatabase database = await CreateTablesAsync();
        await HistoryLoad.RunAsync(database.DataSource, TestLedger.Network, [LedgerSamples.Ledger()]);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => HistoryLoad.RunAsync(database.DataSource, TestLedger.Network, [LedgerSamples.Ledger()]));

        Assert.Contains("pkey", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Migrations_History_HaveUpstreamsNamesColumnsAndKeysAndGoBackAgain()
    {
        await using TestDatabase database = await CreateTablesAsync();

        Assert.Equal(["2025-06-10.2-transactions.sql", "2025-06-10.3-operations.sql", "2025-06-10.4-statechanges.sql"],
            await database.RowsAsync("SELECT id FROM gorp_migrations ORDER BY id"));
        foreach (CopyTable table in HistoryTables.All)
        {
            List<string> columns = await database.RowsAsync(
                $"SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_name = '{table.Name}' "
                + "AND column_name <> 'ingested_at'");
            Assert.Equal(table.Columns.Select(column => $"{column} {HistoryTables.TypeOf(column)}").Order(), columns.Order());
        }

        Assert.Equal(
            ["PRIMARY KEY (account_id, ledger_created_at, operation_id)", "PRIMARY KEY (account_id, ledger_created_at, tx_to_id)",
                "PRIMARY KEY (id, ledger_created_at)", "PRIMARY KEY (ledger_created_at, to_id, operation_id, state_change_id)",
                "PRIMARY KEY (to_id, ledger_created_at)"],
            await database.RowsAsync("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p' AND conrelid::regclass::text "
                + "IN ('transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes') ORDER BY 1"));

        MigrationRunner runner = Runner(database);
        await runner.DownAsync(await runner.PlanDownAsync(3), dropDependents: false);

        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'state_changes'"));
    }

    // A column as the expected files print it: NULL is nothing; what holds a comma or a quote is quoted.
    internal static string Printed(string column)
    {
        string value = HistoryTables.TypeOf(column) switch
        {
            "timestamp with time zone" => $"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
            "bytea" => $"encode({column}, 'hex')",
            "boolean" => $"CASE WHEN {column} THEN 't' ELSE 'f' END",
            _ => $"{column}::text",
        };
        return $"CASE WHEN {column} IS NULL THEN '' WHEN {value} ~ '[,\"]' OR {value} = '' "
            + $"THEN '\"' || replace({value}, '\"', '\"\"') || '\"' ELSE {value} END";
    }

    private static MigrationRunner Runner(TestDatabase database) =>
        new(database.DataSource, [HistorySchema.Migrations], new MigrationRunnerOptions(), NullLogger.Instance);

    private static async Task<TestDatabase> CreateTablesAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await Runner(database).UpAsync();
        return database;
    }
}
