using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Strategies;

public sealed class DeferredStrategyTests
{
    [SkippableFact]
    public async Task Load_ChildrenFirstWithDmlRightsOnly_Loads()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p DEFERRABLE INITIALLY IMMEDIATE)");
        TestRole role = await database.CreateRoleAsync("GRANT INSERT ON p, c TO {role}");
        await using NpgsqlConnection connection = await role.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        await connection.LoadAsync(new DeferredStrategy(catalog), "INSERT INTO c VALUES (1)", "INSERT INTO p VALUES (1)");

        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task Load_NonDeferrableKey_RefusesWithSqlThatMakesTheLoadPass()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT \"K\" REFERENCES p)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);
        StrategyProbe probe = await new DeferredStrategy(catalog).ProbeAsync(connection);

        ForeignKeyException error =
            await Assert.ThrowsAsync<ForeignKeyException>(() => connection.LoadAsync(new DeferredStrategy(catalog)));
        await database.ExecuteAsync(Assert.Single(probe.Remedies));
        await connection.LoadAsync(new DeferredStrategy(await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"])),
            "INSERT INTO c VALUES (1)", "INSERT INTO p VALUES (1)");

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(
            "ALTER TABLE \"public\".\"c\" ALTER CONSTRAINT \"K\" DEFERRABLE INITIALLY IMMEDIATE;", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task Load_ParentOutsideTheLoad_NeedsNoDeferrableKey()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p); INSERT INTO p VALUES (1)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c"]);

        await connection.LoadAsync(new DeferredStrategy(catalog), "INSERT INTO c VALUES (1)");

        Assert.Equal(1, await connection.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task Load_Orphan_IsNamedBeforeCommit()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p DEFERRABLE)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        ForeignKeyViolationException error = await Assert.ThrowsAsync<ForeignKeyViolationException>(
            () => connection.LoadAsync(new DeferredStrategy(catalog), "INSERT INTO c VALUES (4), (4)"));

        Assert.Equal(("k", 2L, "(4)"), (error.Key.Name, error.Rows, Assert.Single(error.SampleKeys)));
        Assert.Equal(0, await connection.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task Load_KeyOfAnotherTableIsViolated_RepeatsTheServersWords()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p DEFERRABLE);
            CREATE TABLE w (p_id int CONSTRAINT watching REFERENCES p DEFERRABLE);
            INSERT INTO p VALUES (1); INSERT INTO w VALUES (1);
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        ForeignKeyException error =
            await Assert.ThrowsAsync<ForeignKeyException>(() => connection.LoadAsync(new DeferredStrategy(catalog), "DELETE FROM p"));

        Assert.Contains("PostgreSQL refused the loaded rows: 23503", error.Message, StringComparison.Ordinal);
        Assert.Contains("constraint watching of table public.w", error.Message, StringComparison.Ordinal);
    }
}
