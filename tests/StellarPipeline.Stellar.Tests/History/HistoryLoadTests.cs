using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.History;

/// <summary>PostgreSQL takes the pages as they are, and holds the expected rows afterwards.</summary>
public sealed class HistoryLoadTests
{
    private static readonly string[] Sets = ["made-1000001", "made-1000003", "made-2000001", "core-p28-soroban", "pubnet-57500008"];

    [SkippableFact]
    public async Task Copy_PagesOfEveryOperation_ServerTakesAllRows()
    {
        await using TestDatabase database = await CreateTablesAsync();
        using var projection = new HistoryProjection(TestLedger.Network, new PagePool());
        projection.Project(LedgerSamples.Ledger());

        await CopyAsync(database, projection);

        Assert.Equal(projection.Counts.Transactions, await database.QueryAsync<long>("SELECT count(*) FROM transactions"));
        Assert.Equal(projection.Counts.Operations, await database.QueryAsync<long>("SELECT count(*) FROM operations"));
        Assert.Equal(projection.Counts.StateChanges, await database.QueryAsync<long>("SELECT count(*) FROM state_changes"));
        Assert.Equal(projection.Counts.TransactionsAccounts, await database.QueryAsync<long>("SELECT count(*) FROM transactions_accounts"));
        Assert.Equal(projection.Counts.OperationsAccounts, await database.QueryAsync<long>("SELECT count(*) FROM operations_accounts"));
    }

    [SkippableFact]
    public async Task Copy_RecordedLedgers_TablesHoldUpstreamsRows()
    {
        foreach (string name in Sets)
        {
            GoldenSet set = GoldenSet.Open(name);
            await using TestDatabase database = await CreateTablesAsync();
            using var projection = new HistoryProjection(set.Network, new PagePool());
            set.ProjectInto(projection);

            await CopyAsync(database, projection);

            foreach (CopyTable table in HistoryTables.All)
            {
                List<string> stored = await database.RowsAsync(
                    $"SELECT concat_ws(',', {string.Join(", ", table.Columns.Select(Printed))}) FROM {table.QualifiedName}");
                Assert.Equal(set.Expected(table), stored.Order(StringComparer.Ordinal));
            }
        }
    }

    // A column as the expected files print it: NULL is nothing; what holds a comma or a quote is quoted.
    private static string Printed(string column)
    {
        string value = HistoryTables.TypeOf(column) switch
        {
            "timestamp with time zone" => $"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
            "bytea" => $"encode({column}, 'hex')",
            "boolean" => $"CASE WHEN {column} THEN 't' ELSE 'f' END",
            _ => $"{column}::text",
        };
        return $"CASE WHEN {column} IS NULL THEN '' WHEN {value} ~ '[,\"]' OR {value} = '' THEN '\"' || replace({value}, '\"', '\"\"') || '\"' ELSE {value} END";
    }

    private static async Task<TestDatabase> CreateTablesAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        foreach (CopyTable table in HistoryTables.All)
        {
            IEnumerable<string> columns = table.Columns.Select(column => $"{column} {HistoryTables.TypeOf(column)}");
            await database.ExecuteAsync($"CREATE TABLE {table.QualifiedName} ({string.Join(", ", columns)})");
        }

        return database;
    }

    private static async Task CopyAsync(TestDatabase database, HistoryProjection projection)
    {
        var pages = new List<RowPage>();
        projection.Take(pages);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        foreach (RowPage page in pages)
        {
            // Disposing ends the copy; an error before it makes the server refuse what was sent so far.
            NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync(page.Table.CopyCommand);
            await copy.WriteAsync(CopyFormat.Header);
            await copy.WriteAsync(page.Memory);
            await copy.WriteAsync(CopyFormat.Trailer);
            await copy.DisposeAsync();
            page.Dispose();
        }
    }
}
