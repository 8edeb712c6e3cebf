using System.Data;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Tests.ForeignKeys.Audit;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Strategies;

public sealed class ReplicaStrategyTests
{
    private const string Pair = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p);";

    [SkippableFact]
    public async Task Load_Superuser_ReadsTheSettingBackAndRestoresIt()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);
        var audit = new RecordingAudit();
        var strategy = new ReplicaStrategy(catalog, audit);

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await strategy.BeforeLoadAsync(connection);
        Assert.Equal("replica", await connection.QueryAsync<string>("SHOW session_replication_role"));
        await connection.ExecuteAsync("INSERT INTO c VALUES (1); INSERT INTO p VALUES (1)");
        await strategy.AfterLoadAsync(connection);
        Assert.Equal("origin", await connection.QueryAsync<string>("SHOW session_replication_role"));
        await transaction.CommitAsync();

        Assert.Equal(["replica", "replica"], audit.Named(AuditEvents.Setting).Select(setting => setting["actual"]));
    }

    [SkippableFact]
    public async Task Load_RoleWithOnlyTheParameterGrant_Loads()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        TestRole role = await database.CreateRoleAsync(
            "GRANT SELECT, INSERT, UPDATE ON p, c TO {role}", "GRANT SET ON PARAMETER session_replication_role TO " +
                "{role}");
        await using NpgsqlConnection connection = await role.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        await connection.LoadAsync(new ReplicaStrategy(catalog), "INSERT INTO c VALUES (1)", "INSERT INTO p VALUES (1)");

        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task Probe_PlainRole_NamesWhatIsMissingAndLeavesTheTransactionUsable()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT ON c TO {role}");
        await using NpgsqlConnection connection = await role.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();

        StrategyProbe inside = await new ReplicaStrategy(catalog).ProbeAsync(connection);
        Assert.Equal(1, await connection.QueryAsync<int>("SELECT 1"));
        await transaction.RollbackAsync();
        StrategyProbe outside = await new ReplicaStrategy(catalog).ProbeAsync(connection);

        Assert.False(inside.IsPossible);
        Assert.Equal(inside.Obstacles, outside.Obstacles);
        Assert.Equal(
            [
                $"GRANT SET ON PARAMETER session_replication_role TO \"{role.Name}\";",
                $"GRANT SELECT ON \"public\".\"p\" TO \"{role.Name}\";",
                $"GRANT UPDATE ON \"public\".\"p\" TO \"{role.Name}\";",
                $"GRANT UPDATE ON \"public\".\"c\" TO \"{role.Name}\";",
            ],
            inside.Remedies);
        foreach (string remedy in inside.Remedies)
            await database.ExecuteAsync(remedy);
        Assert.True((await new ReplicaStrategy(catalog).ProbeAsync(connection)).IsPossible);
    }

    [SkippableFact]
    public async Task Probe_TransactionOpenOrNot_DoesNotChangeTheSetting()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        var strategy = new ReplicaStrategy(await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]));

        Assert.True((await strategy.ProbeAsync(connection)).IsPossible);
        Assert.Equal("origin", await connection.QueryAsync<string>("SHOW session_replication_role"));
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        Assert.True((await strategy.ProbeAsync(connection)).IsPossible);
        Assert.Equal("origin", await connection.QueryAsync<string>("SHOW session_replication_role"));
    }

    [SkippableFact]
    public async Task BeforeLoad_DeferrableUniqueConstraint_RefusesBecauseDuplicatesWouldRemain()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + "ALTER TABLE c ADD slot int CONSTRAINT slot_once UNIQUE DEFERRABLE");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        ForeignKeyException error = await Assert.ThrowsAsync<ForeignKeyException>(() => connection.LoadAsync(new ReplicaStrategy(catalog)));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("deferrable constraint slot_once of public.c", error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was written. Choose another strategy.", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task BeforeLoad_KeyTriggersAltered_Refuses()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + "ALTER TABLE c DISABLE TRIGGER ALL");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        ForeignKeyException error = await Assert.ThrowsAsync<ForeignKeyException>(() => connection.LoadAsync(new ReplicaStrategy(catalog)));

        Assert.Contains("are not in their normal state", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task BeforeLoad_UserTriggers_AreNamedAsCautions()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + """
            CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER audit AFTER INSERT ON c FOR EACH ROW EXECUTE FUNCTION nothing();
            CREATE TRIGGER sleeper BEFORE INSERT OR UPDATE ON p FOR EACH ROW EXECUTE FUNCTION nothing();
            ALTER TABLE p ENABLE REPLICA TRIGGER sleeper;
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);
        var audit = new RecordingAudit();

        await connection.LoadAsync(new ReplicaStrategy(catalog, audit));

        Assert.Equal(
            [
                "Under replica, trigger audit of public.c does not fire while loading.",
                "Under replica, trigger sleeper of public.p, which is silent otherwise, fires while loading.",
            ],
            audit.Named(AuditEvents.Warning).Select(warning => warning["message"]));
    }

    [SkippableFact]
    public async Task BeforeLoad_LongLivedSnapshot_Refuses()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);

        ForeignKeyException error =
            await Assert.ThrowsAsync<ForeignKeyException>(() => new ReplicaStrategy(catalog).BeforeLoadAsync(connection));

        Assert.Contains("isolation level repeatable read", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Load_SomebodyDeletesAReferencedRow_WaitsForTheLoadAndIsThenRefused()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + "INSERT INTO p VALUES (1)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlConnection other = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c"]);
        var strategy = new ReplicaStrategy(catalog);

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await strategy.BeforeLoadAsync(connection);
        await connection.ExecuteAsync("INSERT INTO c VALUES (1)");
        await strategy.AfterLoadAsync(connection);
        await other.ExecuteAsync("SET lock_timeout = '50ms'");
        PostgresException waiting = await Assert.ThrowsAsync<PostgresException>(() => other.ExecuteAsync("DELETE FROM p"));
        await transaction.CommitAsync();
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => other.ExecuteAsync("DELETE FROM p"));

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, waiting.SqlState);
        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, refused.SqlState);
    }

    [SkippableFact]
    public async Task AfterLoad_SettingWasChangedMeanwhile_Fails()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        ForeignKeyException error = await Assert.ThrowsAsync<ForeignKeyException>(
            () => connection.LoadAsync(new ReplicaStrategy(catalog), "SET LOCAL session_replication_role = origin"));

        Assert.Contains("reports session_replication_role = origin where replica was set", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("DELETE FROM p")]
    [InlineData("UPDATE p SET id = 2")]
    public async Task Load_RemovesRowsThatATableOutsideNeeds_IsFoundFromTheServersCounters(string removal)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            Pair + "CREATE TABLE w (p_id int CONSTRAINT watching REFERENCES p); INSERT INTO p VALUES (1); INSERT INTO w VALUES (1)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        ForeignKeyViolationException error =
            await Assert.ThrowsAsync<ForeignKeyViolationException>(() => connection.LoadAsync(new ReplicaStrategy(catalog), removal));

        Assert.Equal(("watching", 1), (error.Key.Name, error.Rows));
        Assert.Equal(1, await connection.QueryAsync<int>("SELECT id FROM p"));
    }

    [SkippableFact]
    public async Task Load_OnlyAddsRows_DoesNotProveTablesOutside()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + "CREATE TABLE w (p_id int CONSTRAINT watching REFERENCES p)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);
        var added = new RecordingAudit();
        var replaced = new RecordingAudit();

        await connection.LoadAsync(new ReplicaStrategy(catalog, added), "INSERT INTO p VALUES (1)");
        await connection.LoadAsync(
            new ReplicaStrategy(catalog, replaced, new ForeignKeyOptions { RemovesRows = true }), "TRUNCATE p, c, w");

        Assert.Equal(["k"], added.Named(AuditEvents.Proof).Select(proof => proof["constraint"]));
        Assert.Equal(["k", "watching"], replaced.Named(AuditEvents.Proof).Select(proof => proof["constraint"]));
    }

    [SkippableFact]
    public async Task Probe_LoadThatRemovesRows_LooksAtNotValidKeysAndRemovalTriggers()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int); ALTER TABLE c ADD CONSTRAINT k FOREIGN KEY (p_id) REFERENCES p
              NOT VALID;
            CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER gone AFTER DELETE ON p FOR EACH ROW EXECUTE FUNCTION nothing();
            CREATE TRIGGER emptied AFTER TRUNCATE ON c EXECUTE FUNCTION nothing();
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);
        var options = new ForeignKeyOptions { RemovesRows = true };

        StrategyProbe replica = await new ReplicaStrategy(catalog, null, options).ProbeAsync(connection);
        StrategyProbe recreate = await new RecreateStrategy(catalog, null, options).ProbeAsync(connection);
        StrategyProbe adding = await new ReplicaStrategy(catalog).ProbeAsync(connection);

        Assert.Contains("old and new violations cannot be distinguished", Assert.Single(replica.Obstacles), StringComparison.Ordinal);
        Assert.Equal(replica.Obstacles, recreate.Obstacles);
        Assert.Equal(["Under replica, trigger emptied of public.c does not fire while loading.",
            "Under replica, trigger gone of public.p does not fire while loading."], replica.Cautions);
        Assert.True(adding.IsPossible && adding.Cautions.Count == 0);
    }
}
