using Npgsql;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>Loads that a caller writes step by step: tables that are sent together, and stages that statements take along.</summary>
public sealed class BulkLoadStepsTests
{
    private static readonly CopyTable[] Tables = [.. Enumerable.Range(0, 4).Select(number => new CopyTable($"t{number}", "id"))];
    private readonly PagePool pool = new();

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WriteAsync_PagesOfSeveralTables_StoresAndConfirmsThoseOfEach(bool countsRows)
    {
        await using TestDatabase database = await CreateAsync();
        TestRole role = await database.CreateRoleAsync(
            "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {role}",
            $"ALTER ROLE {{role}} SET track_counts = {(countsRows ? "on" : "off")}");
        await using BulkLoad load = await OpenAsync(role.DataSource);

        await load.WriteAsync([Page(0, 5), Page(1, 3), Page(0, 4), Page(3, 2), Page(2, 1)]);
        await load.WriteAsync([Page(1, 30)]);
        LoadResult result = await load.CommitAsync();

        Assert.Equal(
            [("t0", 9), ("t1", 33), ("t2", 1), ("t3", 2)],
            result.Tables.Select(table => (table.Table.Name, table.Rows)).OrderBy(table => table.Name, StringComparer.Ordinal));
        Assert.Equal(["9", "33", "1", "2"], await database.RowsAsync(
            string.Join(" UNION ALL ", Tables.Select(table => $"SELECT count(*) FROM {table.Name}"))));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task WriteAsync_TriggerDropsARowOfTheSecondTable_NamesThatTableAndStoresNothing()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync(
            """
            CREATE FUNCTION drop_two() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END';
            CREATE TRIGGER dropping BEFORE INSERT ON t1 FOR EACH ROW EXECUTE FUNCTION drop_two()
            """);
        await using BulkLoad load = await OpenAsync(database.DataSource);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => load.WriteAsync([Page(0, 3), Page(1, 3), Page(2, 3)]));

        Assert.Equal(("t1", 3L), (error.Table?.Name, error.LastRow));
        Assert.Contains("stored 2 rows", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM t0"));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task WriteAsync_SecondOfThreeTablesRefused_NamesItAndReturnsEveryPage()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync("ALTER TABLE t1 ADD CHECK (id < 3)");
        await using BulkLoad load = await OpenAsync(database.DataSource);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => load.WriteAsync([Page(0, 3), Page(1, 3), Page(2, 3)]));

        Assert.Equal(("t1", PostgresErrorCodes.CheckViolation), (error.Table?.Name, error.SqlState));
        await Assert.ThrowsAsync<DatabaseException>(() => load.CommitAsync());
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task RunStepAsync_StagesOfStepsAndWrites_AreShownWhileTheirStatementsRun()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync(
            """
            CREATE TABLE seen (position serial, stage text);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
              'BEGIN INSERT INTO public.seen (stage) VALUES (current_setting(''application_name'')); RETURN NULL; END';
            CREATE TRIGGER noting AFTER INSERT ON t0 FOR EACH STATEMENT EXECUTE FUNCTION note();
            CREATE TRIGGER noting AFTER INSERT ON t1 FOR EACH STATEMENT EXECUTE FUNCTION note()
            """);
        await using BulkLoad load = await BulkLoad.OpenAsync(
            database.DataSource, new LoadRequest { Tables = Tables },
            new LoadOptions { CommitSteps = [new CommitStep("last step", (load, token) => InsertAsync(load.Connection, 3, token))] });

        await load.RunStepAsync(new CommitStep("first step", (load, token) => InsertAsync(load.Connection, 1, token)));
        await load.WriteAsync([Page(0, 1)]);
        await load.WriteAsync([Page(1, 2), Page(0, 2), Page(2, 2)]);
        await load.RunStepAsync(new CommitStep("second step", (load, token) => InsertAsync(load.Connection, 2, token)));
        await load.CommitAsync();

        Assert.Equal(
            ["first step", "copy t0", "copy t1 and 2 more", "copy t1 and 2 more", "second step", "last step"],
            await database.RowsAsync("SELECT substring(stage from ': (.*)') FROM seen ORDER BY position"));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CommitAsync_StepHidesARefusedStatement_IsRolledBackAndSaysSo(bool travels)
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad load = await BulkLoad.OpenAsync(
            database.DataSource, new LoadRequest { Tables = Tables },
            new LoadOptions
            {
                CommitSteps = [new CommitStep("hide", (load, token) => HideAsync(load.Connection, token)) { ShowsStage = travels }],
            });
        await load.WriteAsync([Page(0, 3)]);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => load.CommitAsync());

        Assert.False(error.OutcomeIsUnknown);
        Assert.Equal(PostgresErrorCodes.InFailedSqlTransaction, error.SqlState);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM t0"));
        await database.WaitForNoSessionsAsync("state LIKE 'idle in transaction%'");
    }

    private static async Task HideAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT 1 / 0", connection);
        await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(cancellationToken));
    }

    private static async Task InsertAsync(NpgsqlConnection connection, int id, CancellationToken cancellationToken)
    {
        await using var command =
            new NpgsqlCommand("INSERT INTO public.t0 VALUES ($1)", connection) { Parameters = { new() { Value = id } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<TestDatabase> CreateAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(string.Join(';', Tables.Select(table => $"CREATE TABLE {table.Name} (id int)")));
        return database;
    }

    private static Task<BulkLoad> OpenAsync(NpgsqlDataSource database) =>
        BulkLoad.OpenAsync(database, new LoadRequest { Tables = Tables });

    private RowPage Page(int table, int rows) => StageLoad.Page(pool, Tables[table], [.. Enumerable.Range(1, rows)]);
}
