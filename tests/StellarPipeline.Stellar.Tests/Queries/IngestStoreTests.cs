using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>The cursors of ingestion: what each change does, in the caller's transaction and in one of its own.</summary>
public sealed class IngestStoreTests
{
    private const string Key = "a_cursor";

    [SkippableFact]
    public async Task SetAsync_CursorIsThereOrNot_HoldsTheLedger()
    {
        await using TestDatabase database = await CreateAsync();
        var store = new IngestStore(database.DataSource);
        Assert.Null(await store.GetAsync(Key));
        await store.SetAsync(Key, 7);
        Assert.Equal(7u, await store.GetAsync(Key));
        await store.SetAsync(Key, uint.MaxValue);
        Assert.Equal(uint.MaxValue, await store.GetAsync(Key));
        Assert.Null(await store.GetAsync("another"));
    }

    [SkippableFact]
    public async Task GetAsync_ValueIsNoLedger_SaysWhichCursor()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync($"INSERT INTO ingest_store VALUES ('{Key}', '-5')");
        IngestCursorException error =
            await Assert.ThrowsAsync<IngestCursorException>(() => new IngestStore(database.DataSource).GetAsync(Key));
        Assert.Equal(Key, error.Key);
        Assert.Contains($"The cursor {Key} in ingest_store is \"-5\", which is not a ledger", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("100", 99, 99)]
    [InlineData("99", 100, 99)]
    [InlineData("9", 10, 9)]
    [InlineData("4294967295", 5, 5)]
    [InlineData("7", 7, 7)]
    public async Task UpdateMinAsync_AnyTwoLedgers_KeepsTheLowerNumber(string before, uint ledger, uint after)
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync($"INSERT INTO ingest_store VALUES ('{Key}', '{before}')");
        var store = new IngestStore(database.DataSource);
        Assert.Equal(after, await store.UpdateMinAsync(Key, ledger));
        Assert.Equal(after, await store.GetAsync(Key));
        Assert.Null(await store.UpdateMinAsync("another", 1));
        Assert.Null(await store.GetAsync("another"));
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("seven")]
    [InlineData("+7")]
    [InlineData("-7")]
    [InlineData(" 7")]
    [InlineData("7 ")]
    [InlineData("7\n")]
    [InlineData("007")]
    [InlineData("7.0")]
    [InlineData("4294967296")]
    [InlineData("99999999999")]
    [InlineData("99999999999999999999999")]
    [InlineData("\u0667")]
    public async Task AnyMethod_ValueIsNoLedger_IsOneErrorThatChangesNothing(string value)
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync($"INSERT INTO ingest_store VALUES ('{Key}', '{value}'), ('{IngestStore.Latest}', '{value}')");
        var store = new IngestStore(database.DataSource);
        Func<Task>[] methods =
        [
            () => store.GetAsync(Key), () => store.UpdateMinAsync(Key, 3), () => store.UpdateMinAsync(Key, uint.MaxValue),
            () => store.UpdateGuardedAsync(Key, [3], 4),
        ];
        foreach (Func<Task> method in methods)
        {
            IngestCursorException error = await Assert.ThrowsAsync<IngestCursorException>(method);
            Assert.Contains(
                $"The cursor {Key} in ingest_store is \"{value}\", which is not a ledger", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(SwapOutcome.Differs, await store.CompareAndSwapAsync(Key, 7, 8));
        Assert.Equal([value], await database.RowsAsync($"SELECT value FROM ingest_store WHERE key = '{Key}'"));
    }

    [SkippableFact]
    public async Task UpdateGuardedAsync_CursorIsWhereItWasExpected_MovesAlsoTheSecondTime()
    {
        await using TestDatabase database = await CreateAsync();
        var store = new IngestStore(database.DataSource);
        await store.SetAsync(Key, 10);
        await store.UpdateGuardedAsync(Key, [10, 11], 11);
        await store.UpdateGuardedAsync(Key, [10, 11], 11);
        Assert.Equal(11u, await store.GetAsync(Key));
    }

    [SkippableTheory]
    [InlineData("12", "is at 12, but 10 or 11 was expected before moving it to 11")]
    [InlineData("1", "is at 1, but 10 or 11 was expected before moving it to 11")]
    [InlineData(null, "is missing, but 10 or 11 was expected before moving it to 11")]
    public async Task UpdateGuardedAsync_CursorIsElsewhere_IsAFailureThatChangesNothing(string? value, string expected)
    {
        await using TestDatabase database = await CreateAsync();
        if (value is not null) await database.ExecuteAsync($"INSERT INTO ingest_store VALUES ('{Key}', '{value}')");
        IngestCursorException error = await Assert.ThrowsAsync<IngestCursorException>(
            () => new IngestStore(database.DataSource).UpdateGuardedAsync(Key, [10, 11], 11));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(value is null ? [] : [$"{Key}|{value}"], await database.RowsAsync("SELECT * FROM ingest_store"));
    }

    [SkippableTheory]
    [InlineData("5", SwapOutcome.Swapped, "6")]
    [InlineData("6", SwapOutcome.Differs, "6")]
    [InlineData("50", SwapOutcome.Differs, "50")]
    [InlineData(null, SwapOutcome.Missing, null)]
    public async Task CompareAndSwapAsync_ValueOrNone_TellsTheThreeCasesApart(string? before, SwapOutcome outcome, string? after)
    {
        await using TestDatabase database = await CreateAsync();
        if (before is not null) await database.ExecuteAsync($"INSERT INTO ingest_store VALUES ('{Key}', '{before}')");
        Assert.Equal(outcome, await new IngestStore(database.DataSource).CompareAndSwapAsync(Key, 5, 6));
        Assert.Equal(after is null ? [] : [$"{Key}|{after}"], await database.RowsAsync("SELECT * FROM ingest_store"));
    }

    [SkippableFact]
    public async Task CompareAndSwapAsync_ManyAtOnce_ExactlyOneSwaps()
    {
        await using TestDatabase database = await CreateAsync();
        var store = new IngestStore(database.DataSource);
        await store.SetAsync(Key, 5);
        SwapOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.CompareAndSwapAsync(Key, 5, 6)));
        Assert.Single(outcomes, SwapOutcome.Swapped);
        Assert.Equal(7, outcomes.Count(outcome => outcome == SwapOutcome.Differs));
    }

    [SkippableFact]
    public async Task Changes_InTheCallersTransaction_GoWithItsRollback()
    {
        await using TestDatabase database = await CreateAsync();
        await new IngestStore(database.DataSource).SetAsync(Key, 5);
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource))
        {
            var store = new IngestStore(load);
            await store.SetAsync("another", 1);
            Assert.Equal(SwapOutcome.Swapped, await store.CompareAndSwapAsync(Key, 5, 6));
            Assert.Equal(4u, await store.UpdateMinAsync(Key, 4));
            await store.UpdateGuardedAsync(Key, [4], 9);
            Assert.Equal(9u, await store.GetAsync(Key));
            Assert.Equal(5u, await new IngestStore(database.DataSource).GetAsync(Key));
            await load.RollbackAsync();
        }

        Assert.Equal([$"{Key}|5"], await database.RowsAsync("SELECT * FROM ingest_store"));
    }

    [SkippableFact]
    public async Task Changes_OnAConnectionAndASchemaOfTheirOwn_LeaveTheSessionAsItWas()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE SCHEMA \"Other one\"; CREATE TABLE \"Other one\".ingest_store (key varchar(255) PRIMARY KEY, value varchar(255) NOT "
                + "NULL)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        var store = new IngestStore(connection, "Other one");
        await store.SetAsync(Key, 3);
        Assert.Equal(3u, await store.GetAsync(Key));
        await using var command = new NpgsqlCommand("SHOW search_path", connection);
        Assert.Equal("\"$user\", public", await command.ExecuteScalarAsync());
        Assert.Equal([$"{Key}|3"], await database.RowsAsync("SELECT * FROM \"Other one\".ingest_store"));
    }

    [SkippableTheory]
    [InlineData("{schema}")]
    [InlineData("a'{schema}'b")]
    [InlineData("\"'{schema}")]
    public async Task Queries_SchemaNamedLikeThePlaceholder_ReadItsTables(string schema)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string quoted = $"\"{schema.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        await database.ExecuteAsync(
            $"CREATE SCHEMA {quoted}; CREATE TABLE {quoted}.ingest_store (key varchar(255) PRIMARY KEY, value varchar(255) NOT NULL)");
        var queries = new StellarQueries(database.DataSource, new QueryOptions { Schema = schema });
        await queries.IngestStore.SetAsync(Key, 3);
        Assert.Equal(3u, await queries.IngestStore.GetAsync(Key));
        Assert.Equal(["ingest_store"], await queries.GetTablesAsync());
    }

    [SkippableFact]
    public async Task GetAsync_TablesAreMissing_SaysWhatToDo()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => new IngestStore(database.DataSource).GetAsync(Key));
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.Contains("The query ingest_store.get failed on ", error.Message, StringComparison.Ordinal);
        Assert.Contains("run migrate up", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task FindGapsAsync_LedgersHereAndThere_AreWhatIsBetweenThem()
    {
        await using TestDatabase database = await CreateAsync();
        await new MigrationRunner(
            database.DataSource, [HistorySchema.Migrations], new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        var store = new IngestStore(database.DataSource);
        Assert.Equal([new LedgerGap(1, 20)], await store.FindGapsAsync(1, 20));
        foreach (int ledger in new[] { 3, 5, 6, 7, 11, 30 })
        {
            await database.ExecuteAsync(
                $"""
                INSERT INTO transactions (to_id, hash, fee_charged, result_code, ledger_number, ledger_created_at)
                SELECT ({ledger}::int8 << 32) + (n << 12), decode(lpad(to_hex({ledger} * 10 + n), 64, '0'), 'hex'), 1, 'x', {ledger}, now()
                  FROM generate_series(1, 3) AS n
                """);
        }

        Assert.Equal(
            [new LedgerGap(1, 2), new LedgerGap(4, 4), new LedgerGap(8, 10), new LedgerGap(12, 20)], await store.FindGapsAsync(1, 20));
        Assert.Equal([new LedgerGap(8, 9)], await store.FindGapsAsync(5, 9));
        Assert.Empty(await store.FindGapsAsync(5, 7));
        Assert.Equal([new LedgerGap(31, int.MaxValue)], await store.FindGapsAsync(30, int.MaxValue));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.FindGapsAsync(5, 4));
    }

    private static async Task<TestDatabase> CreateAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE ingest_store (key varchar(255) NOT NULL, value varchar(255) NOT NULL, PRIMARY KEY (key))");
        return database;
    }
}
