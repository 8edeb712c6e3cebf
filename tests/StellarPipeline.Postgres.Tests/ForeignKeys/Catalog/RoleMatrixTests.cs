using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Tests.ForeignKeys.Audit;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Catalog;

/// <summary>Four kinds of role load the same rows, each with the cheapest strategy that it may use, and get the same tables.</summary>
public sealed class RoleMatrixTests
{
    private const string ParameterGrant = "GRANT SET ON PARAMETER session_replication_role TO {role}";
    private const string DmlGrant = "GRANT SELECT, INSERT, UPDATE, DELETE ON p, c TO {role}";

    [SkippableTheory]
    // Role, are the keys deferrable, does the sink write parents first, strategy.
    [InlineData("superuser", false, false, "replica")]
    [InlineData("owner", false, false, "recreate")]
    [InlineData("dml", true, false, "deferred")]
    [InlineData("dml", false, true, "ordered")]
    [InlineData("dml", false, false, null)]
    [InlineData("parameter", false, false, "replica")]
    public async Task Prepare_Auto_TakesWhatTheRoleMayUseAndLoads(string kind, bool deferrable, bool parentsFirst, string? strategy)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            $"CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p {(deferrable ? "DEFERRABLE" : "")})");
        await using NpgsqlConnection connection = await ConnectAsync(database, kind);
        var audit = new RecordingAudit();
        var options = new ForeignKeyOptions { WritesParentsFirst = parentsFirst };

        if (strategy is null)
        {
            ForeignKeyException refusal =
                await Assert.ThrowsAsync<ForeignKeyException>(() => ForeignKeyLoad.PrepareAsync(connection, ["c", "p"], options, audit));
            Assert.Contains("No foreign-key strategy can be used", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("DEFERRABLE INITIALLY IMMEDIATE;", refusal.Message, StringComparison.Ordinal);
            Assert.Null(audit.Named(AuditEvents.Strategy).Single()["strategy"]);
            return;
        }

        ForeignKeyLoad load = await ForeignKeyLoad.PrepareAsync(connection, ["c", "p"], options, audit);
        string[] batches = parentsFirst
            ? ["INSERT INTO p VALUES (1)", "INSERT INTO c VALUES (1)"]
            : ["INSERT INTO c VALUES (1)", "INSERT INTO p VALUES (1)"];
        await connection.LoadAsync(load.Strategy, batches);

        Assert.Equal(strategy, load.Strategy.Name);
        Assert.Equal(strategy, audit.Named(AuditEvents.Strategy).Single()["strategy"]);
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM c JOIN p ON p.id = c.p_id"));
    }

    [SkippableTheory]
    [InlineData("superuser", "replica recreate ordered")]
    [InlineData("owner", "recreate ordered")]
    [InlineData("dml", "ordered")]
    [InlineData("parameter", "replica ordered")]
    public async Task Plan_Role_JudgesEveryStrategyWithoutATrace(string kind, string possible)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p)");
        await using NpgsqlConnection connection = await ConnectAsync(database, kind);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();

        ForeignKeyPlan plan = await ForeignKeyLoad.PlanAsync(connection, ["c", "p"], new ForeignKeyOptions { WritesParentsFirst = false });

        Assert.Equal(
            possible, string.Join(' ', plan.Strategies.Where(verdict => verdict.Probe.IsPossible).Select(verdict => verdict.Name)));
        Assert.Equal("origin", await connection.QueryAsync<string>("SHOW session_replication_role"));
        Assert.Equal(0, await connection.QueryAsync<long>(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode LIKE '%Exclusive%' AND " +
                "relation >= 16384"));
    }

    [SkippableFact]
    public async Task Plan_FailedServerCall_IsOneOfOurErrors()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY)");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("SELECT 1 / 0"));

        ForeignKeyException catalog = await Assert.ThrowsAsync<ForeignKeyException>(() => ForeignKeyLoad.PlanAsync(connection, ["p"]));
        ForeignKeyException rights =
            await Assert.ThrowsAsync<ForeignKeyException>(() => RoleRights.ReadAsync(connection, new ForeignKeyCatalog([], [])));

        Assert.StartsWith("Reading the catalogue failed: 25P02", catalog.Message, StringComparison.Ordinal);
        Assert.StartsWith("Reading the role's privileges failed: 25P02", rights.Message, StringComparison.Ordinal);
    }

    private static async Task<NpgsqlConnection> ConnectAsync(TestDatabase database, string kind)
    {
        if (kind == "superuser")
            return await database.DataSource.OpenConnectionAsync();
        string[] grants = kind switch
        {
            "owner" => ["ALTER TABLE p OWNER TO {role}", "ALTER TABLE c OWNER TO {role}"],
            "dml" => [DmlGrant],
            _ => [DmlGrant, ParameterGrant],
        };
        if (kind == "parameter")
        {
            Skip.If(await database.QueryAsync<int>("SELECT current_setting('server_version_num')::int") < 150_000,
                "GRANT SET ON PARAMETER came with " +
                    "PostgreSQL 15.");
        }

        TestRole role = await database.CreateRoleAsync(grants);
        return await role.DataSource.OpenConnectionAsync();
    }
}
