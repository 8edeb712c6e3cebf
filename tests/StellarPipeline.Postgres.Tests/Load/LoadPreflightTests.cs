using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>
/// What the server would refuse for certain, and what belongs to others, is found before the first page; rows of others are the same
/// afterwards.
/// </summary>
public sealed class LoadPreflightTests
{
    private const string Tables =
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p); INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES "
            + "(1);";
    private const string Function =
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM public.o; RETURN NULL; END';";

    private readonly PagePool pool = new();

    public static TheoryData<string, string> Obstacles => new()
    {
        { "CREATE TABLE o (p_id int CONSTRAINT ok REFERENCES p ON DELETE CASCADE); INSERT INTO o VALUES (2), (NULL), (2)",
            "foreign key ok of public.o refers to public.p with ON DELETE CASCADE (2 rows)" },
        { "CREATE TABLE o (p_id int CONSTRAINT ok REFERENCES p ON DELETE SET NULL); INSERT INTO o VALUES (2)",
            "with ON DELETE SET NULL (1 row)" },
        { "CREATE TABLE o (p_id int DEFAULT 1 CONSTRAINT ok REFERENCES p ON DELETE SET DEFAULT); INSERT INTO o VALUES (2)",
            "with ON DELETE SET DEFAULT (1 row)" },
        { "CREATE TABLE o (p_id int CONSTRAINT ok REFERENCES p); INSERT INTO o VALUES (2)",
            "with ON DELETE NO ACTION (1 row): PostgreSQL refuses to delete what they refer to" },
        { "CREATE TABLE o (p_id int CONSTRAINT ok REFERENCES p) PARTITION BY LIST (p_id); CREATE TABLE o1 PARTITION OF o DEFAULT; INSERT "
            + "INTO o VALUES (2)", "foreign key ok of public.o refers to public.p" },
        { "CREATE TABLE o (x int); INSERT INTO o VALUES (1);" + Function
            + "CREATE TRIGGER tt AFTER TRUNCATE ON p EXECUTE FUNCTION f(); CREATE TRIGGER td AFTER DELETE ON p FOR EACH ROW EXECUTE "
            + "FUNCTION f()", "trigger tt of public.p fires AFTER TRUNCATE FOR EACH STATEMENT" },
    };

    public static TheoryData<string> Harmless =>
    [
        "CREATE TABLE o (p_id int REFERENCES p ON DELETE CASCADE)",
        "CREATE TABLE o (p_id int REFERENCES p ON DELETE CASCADE); INSERT INTO o VALUES (NULL)",
        "CREATE TABLE o () INHERITS (p); INSERT INTO o VALUES (1), (9)",
        "CREATE TABLE o (x int); INSERT INTO o VALUES (1); CREATE VIEW ov AS SELECT id FROM p; CREATE RULE r AS ON DELETE TO p DO ALSO "
            + "DELETE FROM o",
        "CREATE TABLE o (x int); INSERT INTO o VALUES (1);" + Function
            + "CREATE TRIGGER td AFTER DELETE ON p FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE TABLE o (p_id int REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO o VALUES (2)",
    ];

    [SkippableTheory]
    [MemberData(nameof(Obstacles))]
    public async Task OpenAsync_ReplaceWouldTouchRowsOfOthers_IsRefusedAndTheyStay(string others, string reason)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables + others);
        List<string> before = await database.RowsAsync("SELECT o::text FROM o ORDER BY 1");

        foreach (ForeignKeyChoice choice in Enum.GetValues<ForeignKeyChoice>())
        {
            if (choice == ForeignKeyChoice.Deferred) continue; // The key of c is not deferrable.
            LoadRefusedException error = await Assert.ThrowsAsync<LoadRefusedException>(() => ReplaceAsync(database, choice));
            Assert.Equal(Dataflow.FailureKind.Usage, error.Kind);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await database.RowsAsync("SELECT o::text FROM o ORDER BY 1"));
        Assert.Equal(2, await database.QueryAsync<long>("SELECT count(*) FROM p"));
    }

    [SkippableTheory]
    [MemberData(nameof(Harmless))]
    public async Task CommitAsync_ReplaceWithNothingOfOthersConcerned_LoadsAndLeavesIt(string others)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables + others);
        List<string> before = await database.RowsAsync("SELECT o::text FROM o ORDER BY 1");

        await ReplaceAsync(database, ForeignKeyChoice.Auto);

        Assert.Equal(before, await database.RowsAsync("SELECT o::text FROM o ORDER BY 1"));
        Assert.Equal(["2", "3"], await database.RowsAsync("SELECT id FROM ONLY p ORDER BY 1"));
    }

    [SkippableFact]
    public async Task CommitAsync_ReplaceIsAllowedToChangeDependents_DoesWhatTheirKeysSay()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables + "CREATE TABLE o (p_id int REFERENCES p ON DELETE CASCADE); INSERT INTO o VALUES (2)");

        await ReplaceAsync(database, ForeignKeyChoice.Auto, mayChange: true);

        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM o"));
    }

    [SkippableFact]
    public async Task OpenAsync_RowSecurityHidesRowsOfADependent_IsNotTakenForEmpty()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            Tables
                + "CREATE TABLE o (p_id int CONSTRAINT ok REFERENCES p ON DELETE CASCADE); INSERT INTO o VALUES (2); ALTER TABLE o ENABLE "
                + "ROW LEVEL SECURITY; CREATE POLICY nobody ON o USING (false)");
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON p, c, o TO {role}");
        var options = new LoadRequest
        {
            Tables = [],
            Content = TableContent.Replace,
            ForeignKeys = new ForeignKeyOptions { WritesParentsFirst = true },
        };

        LoadRefusedException error =
            await Assert.ThrowsAsync<LoadRefusedException>(() => StageLoad.LoadAsync(role.DataSource, options, Pages()));

        Assert.Contains("row security (policy nobody) hides rows of public.o from the role", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM o"));
    }

    [SkippableTheory]
    [InlineData("ALTER TABLE p ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON p USING (true)",
        "Row-level security is active on public.p for this role (policy mine)")]
    [InlineData("DROP TABLE p CASCADE; CREATE TABLE p (id int) PARTITION BY LIST (id); GRANT ALL ON p TO {role}",
        "is partitioned and has no partition")]
    [InlineData("ALTER ROLE {role} SET default_transaction_read_only = on", "Transactions are read-only by default")]
    [InlineData("REVOKE INSERT ON p FROM {role}", "role may not INSERT into public.p")]
    public async Task OpenAsync_WhatTheServerRefusesForCertain_IsFoundBeforeTheFirstPage(string statements, string reason)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables);
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT, UPDATE, DELETE ON p, c TO {role}");
        await database.ExecuteAsync(statements.Replace("{role}", role.Name, StringComparison.Ordinal));

        LoadRefusedException error = await Assert.ThrowsAsync<LoadRefusedException>(() => StageLoad.LoadAsync(
            role.DataSource, new LoadRequest { Tables = [], ForeignKeys = new ForeignKeyOptions { WritesParentsFirst = true } }, Pages()));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task OpenAsync_ServerRefusesTheDdlOfRecreate_AutoFallsBackWithARemark()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables + """
            CREATE FUNCTION no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no DDL here''; END';
            CREATE EVENT TRIGGER no_ddl ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION no_ddl();
            """);
        var wanted = new ForeignKeyOptions
        {
            Choice = ForeignKeyChoice.Recreate,
            Otherwise = new ForeignKeyOptions { Choice = ForeignKeyChoice.Auto },
        };
        var request = new LoadRequest { Tables = [StageLoad.Parent, StageLoad.Child], ForeignKeys = wanted };

        await using BulkLoad load = await BulkLoad.OpenAsync(database.DataSource, request);
        await StageLoad.SendAsync(load, StageLoad.Page(pool, StageLoad.Parent, 8, 9));
        LoadResult result = await load.CommitAsync();
        LoadRefusedException refused = await Assert.ThrowsAsync<LoadRefusedException>(() => StageLoad.LoadAsync(
            database.DataSource, new LoadRequest
            {
                Tables = [],
                ForeignKeys = new ForeignKeyOptions { Choice = ForeignKeyChoice.Recreate },
            }, [.. Pages(), StageLoad.Page(pool, StageLoad.Child, 1)]));

        Assert.Equal("replica", result.Strategy);
        Assert.Contains(
            "recreate was tried, and the server refused: P0001 no DDL here", Assert.Single(result.Remarks), StringComparison.Ordinal);
        Assert.Equal(Dataflow.FailureKind.Usage, refused.Kind);
    }

    private RowPage[] Pages() => [StageLoad.Page(pool, StageLoad.Parent, 2, 3)];

    private async Task ReplaceAsync(TestDatabase database, ForeignKeyChoice choice, bool mayChange = false)
    {
        var options = new LoadRequest
        {
            Tables = [], Content = TableContent.Replace, MayChangeDependents = mayChange,
            ForeignKeys = new ForeignKeyOptions { Choice = choice, WritesParentsFirst = true }
        };
        await StageLoad.LoadAsync(
            database.DataSource, options, StageLoad.Page(pool, StageLoad.Parent, 2, 3), StageLoad.Page(pool, StageLoad.Child, 3));
    }
}
