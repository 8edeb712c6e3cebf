using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Tests.ForeignKeys.Audit;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Strategies;

public sealed class OrderedStrategyTests
{
    [SkippableFact]
    public async Task Load_ParentKnownOnlyByItsKey_IsWrittenFirstAndUpdatedByTheFinalFlush()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY, name text); CREATE TABLE c (p_id int REFERENCES p)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        var options = new ForeignKeyOptions { Choice = ForeignKeyChoice.Ordered, WritesParentsFirst = true };
        ForeignKeyLoad load = await ForeignKeyLoad.PrepareAsync(connection, ["c", "p"], options);
        Assert.Equal("p", Assert.Single(load.Plan.TablesBefore(new("public", "c"))).Name);

        await connection.LoadAsync(
            load.Strategy, "INSERT INTO p (id) VALUES (1)", "INSERT INTO c VALUES (1)", "UPDATE p SET name = 'one' WHERE id = 1");

        Assert.Equal(["1|one"], await connection.RowsAsync("SELECT * FROM p"));
    }

    [SkippableFact]
    public async Task Load_InitiallyDeferredKey_IsCheckedWithItsBatch()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(
            () => connection.LoadAsync(new OrderedStrategy(catalog), "INSERT INTO c VALUES (1)", "SELECT 'not reached'::int"));

        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, refused.SqlState);
    }

    [SkippableTheory]
    [InlineData("CREATE TABLE other (id int CONSTRAINT k REFERENCES a)")]
    [InlineData("CREATE TABLE other (id int)")]
    public async Task Load_CycleKeySharesItsNameWithAnotherConstraint_StillDefersIt(string other)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync($"""
            CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
            ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES b DEFERRABLE; {other};
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["a", "b"]);
        var audit = new RecordingAudit();

        await connection.LoadAsync(new OrderedStrategy(catalog, audit, new ForeignKeyOptions { ProveAlways = true }),
            "INSERT INTO a VALUES (1, 1)", "INSERT INTO b VALUES (1, 1)");

        Assert.Equal("k", Assert.Single(audit.Named(AuditEvents.DeferredEdge))["constraint"]);
        Assert.Equal(["k", "b_a_fkey"], audit.Named(AuditEvents.Proof).Select(proof => proof["constraint"]));
    }

    [SkippableFact]
    public async Task Load_SinkBreaksTheOrder_IsRefusedByPostgresNotStoredWrong()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        await Assert.ThrowsAsync<PostgresException>(
            () => connection.LoadAsync(new OrderedStrategy(catalog), "INSERT INTO c VALUES (1)", "INSERT INTO p VALUES (1)"));

        Assert.Equal(0, await connection.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task Probe_NoPromiseAboutOrder_IsACaution()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p); ALTER TABLE c DISABLE TRIGGER ALL");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        StrategyProbe probe = await new OrderedStrategy(catalog).ProbeAsync(connection);

        Assert.True(probe.IsPossible);
        Assert.Equal(
            [
                "The caller does not promise to write parents before children, so PostgreSQL may refuse a batch in the middle of the load.",
                "The triggers of foreign key public.c.c_p_id_fkey (p_id) → public.p (id) are not in their normal state, so PostgreSQL may "
                    + "not check it: it is proved by an anti-join.",
            ],
            probe.Cautions);
    }
}
