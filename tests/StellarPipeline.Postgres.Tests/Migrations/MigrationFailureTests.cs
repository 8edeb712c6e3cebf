using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Migrations;

public sealed class MigrationFailureTests
{
    private const string First = "-- +migrate Up\nCREATE TABLE first (id int);\n-- +migrate Down\nDROP TABLE first;\n";

    [SkippableFact]
    public async Task Up_StatementRefused_LeavesNothingOfItsFileAndNamesTheLine()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string broken =
            "-- Comment.\n-- +migrate Up\nCREATE TABLE second (id int);\nINSERT INTO second\n  SELECT 1,\n    nonsense;\n-- +migrate "
                + "Down\nDROP TABLE second;";
        MigrationRunner runner =
            Runner(database.DataSource, ("1.sql", First), ("2.sql", broken), ("3.sql", "-- +migrate Up\nCREATE TABLE third (id int);"));

        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => runner.UpAsync());
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.StartsWith(
            "PostgreSQL refused statement 2 of migration 2.sql (line 6): 42703 column \"nonsense\" does not exist.", error.Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "The migration was rolled back completely; earlier migrations stay applied.", error.Message, StringComparison.Ordinal);
        Assert.IsType<PostgresException>(error.InnerException);
        Assert.Equal(["first", "gorp_migrations"], await TablesAsync(database));
        Assert.Equal(["1.sql"], await database.RowsAsync("SELECT id FROM gorp_migrations"));
    }

    [SkippableFact]
    public async Task Up_FirstFileRefused_LeavesNotEvenTheTrackingTable()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        MigrationRunner runner =
            Runner(database.DataSource, ("1.sql", "-- +migrate Up\nCREATE TABLE t (id int);\nCREATE TABLE t (id int);"));
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => runner.UpAsync());
        Assert.Contains("statement 2 of migration 1.sql (line 3): 42P07", error.Message, StringComparison.Ordinal);
        Assert.Contains("This was created outside the migrations", error.Message, StringComparison.Ordinal);
        Assert.Empty(await TablesAsync(database));
    }

    [SkippableFact]
    public async Task Up_DeferredConstraintFailsAtCommit_IsReportedForTheFile()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        MigrationRunner runner = Runner(database.DataSource, ("1.sql", """
            -- +migrate Up
            CREATE TABLE parent (id int PRIMARY KEY);
            CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
            INSERT INTO child VALUES (1);
            """));
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => runner.UpAsync());
        Assert.Contains("migration 1.sql (line 4): 23503", error.Message, StringComparison.Ordinal);
        Assert.Empty(await TablesAsync(database));
    }

    [SkippableFact]
    public async Task Up_Notransaction_RunsOutsideOneAndSaysWhatRemains()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string concurrent =
            "-- +migrate Up notransaction\nCREATE INDEX CONCURRENTLY i ON first (id);\n-- +migrate Down notransaction\nDROP INDEX "
                + "CONCURRENTLY i;";
        MigrationRunner runner = Runner(database.DataSource, ("1.sql", First), ("2.sql", concurrent));
        Assert.Equal(["1.sql", "2.sql"], await runner.UpAsync());
        Assert.Equal(["2.sql"], await runner.DownAsync(1));
        await runner.UpAsync();

        runner = Runner(
            database.DataSource, ("1.sql", First), ("2.sql", concurrent),
            ("3.sql", "-- +migrate Up notransaction\nCREATE TABLE kept (id int);\nSELECT 1/0;"));
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => runner.UpAsync());
        Assert.Contains("statement 2 of migration 3.sql (line 3): 22012", error.Message, StringComparison.Ordinal);
        Assert.Contains("its statements 1 to 1 have run and remain, and it is not recorded", error.Message, StringComparison.Ordinal);
        Assert.Equal(["first", "gorp_migrations", "kept"], await TablesAsync(database));

        runner = Runner(database.DataSource, ("1.sql", First), ("4.sql", "-- +migrate Up notransaction\nSELECT 1/0;"));
        error = await Assert.ThrowsAsync<MigrationException>(() => runner.UpAsync());
        Assert.Contains("Nothing of the migration remains", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Up_BodyWithSemicolons_ReachesTheServerWhole()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await Runner(database.DataSource, ("1.sql", """
            -- +migrate Up
            CREATE TABLE t (id int, note text DEFAULT 'a;b @x :y');
            CREATE RULE r AS ON DELETE TO t DO ALSO (SELECT 1; SELECT 2);
            -- +migrate StatementBegin
            CREATE FUNCTION two() RETURNS int LANGUAGE sql
            BEGIN ATOMIC
              SELECT 1;
              SELECT 2;
            END;
            -- +migrate StatementEnd
            INSERT INTO t (id) VALUES (two());
            """)).UpAsync();
        Assert.Equal(["2|a;b @x :y"], await database.RowsAsync("SELECT id, note FROM t"));
    }

    [SkippableFact]
    public async Task Up_TrackingRowRefused_SaysWhetherTheFileRemains()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await Runner(database.DataSource, ("1.sql", First)).UpAsync();
        await database.ExecuteAsync("ALTER TABLE gorp_migrations ADD CONSTRAINT no_more CHECK (id = '1.sql')");

        MigrationException error = await Assert.ThrowsAsync<MigrationException>(
            () => Runner(database.DataSource, ("1.sql", First), ("2.sql", "-- +migrate Up\nCREATE TABLE second (id int);")).UpAsync());
        Assert.Contains(
            "refused the tracking row of migration 2.sql in public.gorp_migrations: 23514", error.Message, StringComparison.Ordinal);
        Assert.Contains("The migration was rolled back.", error.Message, StringComparison.Ordinal);
        Assert.Equal(["first", "gorp_migrations"], await TablesAsync(database));

        error = await Assert.ThrowsAsync<MigrationException>(
            () => Runner(database.DataSource, ("1.sql", First), ("2.sql", "-- +migrate Up notransaction\nCREATE TABLE second (id int);"))
                .UpAsync());
        Assert.Contains("Its statements, which say notransaction, have run", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Status_TrackingTableOfAnotherShape_QuotesTheServer()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE gorp_migrations (name text)");
        MigrationException error =
            await Assert.ThrowsAsync<MigrationException>(() => Runner(database.DataSource, ("1.sql", First)).StatusAsync());
        Assert.Contains("refused to read the state of the migrations in schema public: 42703", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_NoServer_NamesDatabaseHostAndUserButNoPassword()
    {
        await using var source = NpgsqlDataSource.Create("Host=/nowhere;Database=wallet;Username=loader;Password=secret");
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => Runner(source, ("1.sql", First)).StatusAsync());
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.StartsWith(
            "The connection to wallet on /nowhere as loader for its migrations failed", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task UpAndStatus_ServerKilled_NamesTheMigrationInFlight()
    {
        await using EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync();
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using NpgsqlConnection watcher = await source.OpenConnectionAsync();
        await using NpgsqlConnection idle = await source.OpenConnectionAsync();
        Task<IReadOnlyList<string>> run = Runner(source, ("1.sql", First), ("2.sql", "-- +migrate Up\nSELECT pg_sleep(600);")).UpAsync();
        await using (var look = new NpgsqlCommand("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", watcher))
        {
            long started = Stopwatch.GetTimestamp();
            while ((long)(await look.ExecuteScalarAsync())! == 0)
            {
                Assert.False(run.IsCompleted);
                Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "The migration sleeps within 30 s.");
            }
        }

        await idle.CloseAsync();
        PostgresFixture.Kill(server);
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => run);
        Assert.Contains("was lost during migration 2.sql", error.Message, StringComparison.Ordinal);
        Assert.Contains("applied as a whole or not at all", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Constructor_SameNameInTwoSets_IsRefused()
    {
        await using var source = NpgsqlDataSource.Create("Host=/nowhere");
        var set = new MigrationSet(MigrationSource.FromTexts([("1.sql", First)]));
        MigrationException error = Assert.Throws<MigrationException>(
            () => new MigrationRunner(
                source, [set, set with { TrackingTable = "other" }], new MigrationRunnerOptions(), NullLogger.Instance));
        Assert.Contains("Two migrations have the name 1.sql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpAndDown_CountBelowOne_IsRefused()
    {
        await using var source = NpgsqlDataSource.Create("Host=/nowhere");
        MigrationRunner runner = Runner(source, ("1.sql", First));
        Assert.Contains(
            "The number of migrations is 0;", (await Assert.ThrowsAsync<MigrationException>(() => runner.UpAsync(0))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "The number of migrations is -1;", (await Assert.ThrowsAsync<MigrationException>(() => runner.DownAsync(-1))).Message,
            StringComparison.Ordinal);
    }

    private static async Task<List<string>> TablesAsync(TestDatabase database) =>
        await database.RowsAsync("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1");

    private static MigrationRunner Runner(NpgsqlDataSource source, params (string Name, string Text)[] files) =>
        new(source, [new MigrationSet(MigrationSource.FromTexts(files))], new MigrationRunnerOptions(), NullLogger.Instance);
}
