using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Migrations;

public sealed class MigrationLockTests
{
    private const string Slow = "-- +migrate Up\nSELECT pg_sleep(600);";
    private const string First = "-- +migrate Up\nCREATE TABLE first (id int);\n-- +migrate Down\nDROP TABLE first;\n";

    [SkippableFact]
    public async Task Up_Done_LeavesNoLockInItsPooledSession()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();

        // A pooler in transaction mode gives the session to the next client as it is: no statement undoes what belongs to the session.
        await using var pooled = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { NoResetOnClose = true, MaxPoolSize = 1 }.ConnectionString);
        await using var proxy = new WireProxy(database.ConnectionString);
        proxy.When("pg_advisory_unlock", WireFate.CutBefore);
        await using var source = NpgsqlDataSource.Create(proxy.ConnectionString);
        await Runner(source, ("1.sql", First)).UpAsync();
        await Runner(pooled, ("1.sql", First)).DownAsync(1);
        Assert.Equal(0, proxy.Hits);
        Assert.Equal(0, await database.QueryAsync<long>(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = "
                + "current_database())"));
    }

    [SkippableFact]
    public async Task Up_WhileAFileRuns_ItsTransactionHoldsTheLock()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        using var cancellation = new CancellationTokenSource();
        Task<IReadOnlyList<string>> run =
            Runner(database.DataSource, ("1.sql", First), ("2.sql", Slow), ("3.sql", "-- +migrate Up\nCREATE TABLE third (id int);"))
                .UpAsync(null, cancellation.Token);
        while (await database.QueryAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'") == 0)
        {
            Assert.False(run.IsCompleted);
        }

        Assert.Equal(1, await database.QueryAsync<long>(
            """
            SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
             WHERE l.locktype = 'advisory' AND l.granted AND a.wait_event = 'PgSleep' AND a.datname = current_database()
            """));

        await cancellation.CancelAsync();
        MigrationsCancelledException cancelled = await Assert.ThrowsAsync<MigrationsCancelledException>(() => run);
        Assert.Equal(["1.sql"], cancelled.Completed);
        Assert.Contains("1 migration(s) had been applied before and stay so: 1.sql.", cancelled.Message, StringComparison.Ordinal);
        Assert.Equal(["1.sql"], await database.RowsAsync("SELECT id FROM gorp_migrations"));
    }

    [SkippableFact]
    public async Task Up_CancelledBeforeTheFirstCommit_SaysThatNothingWasCommitted()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        MigrationsCancelledException cancelled = await Assert.ThrowsAsync<MigrationsCancelledException>(
            () => Runner(database.DataSource, ("1.sql", First)).UpAsync(null, cancellation.Token));
        Assert.Equal("Interrupted. Nothing was committed.", cancelled.Message);
    }

    [SkippableFact]
    public async Task UpInTransaction_RolledBack_LeavesNothing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using (NpgsqlTransaction transaction = await connection.BeginTransactionAsync())
        {
            int asked = 0;
            IReadOnlyList<string> applied =
                await Runner(database.DataSource, ("1.sql", First)).UpInTransactionAsync(connection, "public", () =>
                {
                    asked++;
                    return Task.CompletedTask;
                });
            Assert.Equal(["1.sql"], applied);
            Assert.Equal(1, asked);
            await transaction.RollbackAsync();
        }

        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname IN ('first', 'gorp_migrations')"));
    }

    [SkippableFact]
    public async Task UpInTransaction_FileThatSaysNotransaction_IsARefusal()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        MigrationRunner runner = Runner(
            database.DataSource, ("1.sql", First), ("2.sql", "-- +migrate Up notransaction\nCREATE INDEX CONCURRENTLY i ON first (id);"));
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => runner.UpInTransactionAsync(connection, "public"));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("2.sql says notransaction", error.Message, StringComparison.Ordinal);
    }

    private static MigrationRunner Runner(NpgsqlDataSource source, params (string Name, string Text)[] files) =>
        new(source, [new MigrationSet(MigrationSource.FromTexts(files))], new MigrationRunnerOptions(), NullLogger.Instance);
}
