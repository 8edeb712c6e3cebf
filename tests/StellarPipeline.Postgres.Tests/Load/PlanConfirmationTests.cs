using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>
/// What the one query of an opening load answers for: tables outside the load, partitions, sessions that lose their statements, poolers.
/// </summary>
public sealed class PlanConfirmationTests
{
    private const string Prepared = "SELECT count(*) FROM pg_catalog.pg_prepared_statements";
    private const string Outside =
        "CREATE TABLE o (id int PRIMARY KEY, x int); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES o); INSERT INTO o VALUES (1), (2);";

    private readonly PagePool pool = new();

    [SkippableFact]
    public async Task NewLoad_KeyToATableOutsideUnderReplica_IsConfirmedWithThatTableLocked()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Outside);
        LoadPlan plan = await PlanAsync(database.DataSource, ForeignKeyChoice.Replica);

        for (int round = 0; round < 3; round++)
        {
            await using BulkLoad load = plan.NewLoad();
            await load.BeginAsync();
            Assert.Same(plan, load.Plan);
            Assert.Equal(["c|ShareRowExclusiveLock", "o|ShareRowExclusiveLock"], await database.RowsAsync(
                "SELECT relation::regclass::text, mode FROM pg_locks WHERE relation IN ('c'::regclass, 'o'::regclass) AND mode = "
                    + "'ShareRowExclusiveLock' ORDER BY 1"));
            await StageLoad.SendAsync(load, StageLoad.Page(pool, StageLoad.Child, 1, 2));
            Assert.Equal("k", Assert.Single((await load.CommitAsync()).Proofs).Constraint);
        }

        Assert.Equal(6, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableTheory]
    [InlineData("ALTER TABLE o DISABLE TRIGGER ALL; ALTER TABLE o ENABLE TRIGGER ALL")]
    [InlineData("ALTER TABLE o RENAME COLUMN id TO key")]
    [InlineData("ALTER TABLE o RENAME TO o2")]
    [InlineData("ALTER TABLE o ALTER COLUMN x SET NOT NULL; ALTER TABLE o ALTER COLUMN x DROP NOT NULL")]
    public async Task NewLoad_TableOutsideWasChanged_IsPlannedAgain(string change)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Outside + "UPDATE o SET x = id");
        LoadPlan plan = await PlanAsync(database.DataSource, ForeignKeyChoice.Ordered);
        Assert.Same(plan, (await LoadAsync(plan, 1)).Plan);
        await database.ExecuteAsync(change);

        LoadResult second = await LoadAsync(plan, 2);

        Assert.NotSame(plan, second.Plan);
        Assert.Same(second.Plan, (await LoadAsync(second.Plan, 2)).Plan);
    }

    [SkippableFact]
    public async Task NewLoad_TriggersOfAPartitionWereSwitchedOff_ItsKeyIsProved()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE o (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES o) PARTITION BY RANGE (p_id);"
            + "CREATE TABLE c1 PARTITION OF c FOR VALUES FROM (0) TO (100); INSERT INTO o VALUES (1)");
        LoadPlan plan = await PlanAsync(database.DataSource, ForeignKeyChoice.Ordered);
        Assert.Same(plan, (await LoadAsync(plan, 1)).Plan);
        await database.ExecuteAsync("ALTER TABLE c1 DISABLE TRIGGER ALL");

        await Assert.ThrowsAnyAsync<PipelineException>(() => LoadAsync(plan, 7));

        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task NewLoad_SessionLostItsStatements_GoesOnWithoutThem()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Outside);
        await using var one =
            NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxPoolSize = 1 }.ConnectionString);
        LoadPlan plan = await PlanAsync(one, ForeignKeyChoice.Ordered);
        await LoadAsync(plan, 1);
        await using (NpgsqlConnection connection = await one.OpenConnectionAsync())
        {
            await using var count = new NpgsqlCommand(Prepared, connection);
            Assert.True((long)(await count.ExecuteScalarAsync())! > 0);
            await using var discard = new NpgsqlCommand("DISCARD ALL", connection);
            await discard.ExecuteNonQueryAsync();
        }

        for (int round = 0; round < 3; round++) Assert.Same(plan, (await LoadAsync(plan, 2)).Plan);

        Assert.Equal(4, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task NewLoad_ThroughThePooler_PreparesNothing()
    {
        await using PgBouncer pooler = await PgBouncer.StartAsync();
        await pooler.QueryAsync<object>(Outside);
        await using NpgsqlDataSource pooled = await ConnectionSettings.Parse(pooler.Address).ConnectAsync();
        LoadPlan plan = await PlanAsync(pooled, ForeignKeyChoice.Ordered);
        for (int round = 0; round < 5; round++)
        {
            await using BulkLoad load = plan.NewLoad(new LoadOptions
            {
                CommitSteps = [new CommitStep("look", async (transaction, token) =>
                {
                    await using var count = new NpgsqlCommand(Prepared, transaction.Connection);
                    Assert.Equal(0L, await count.ExecuteScalarAsync(token));
                })],
            });
            await StageLoad.SendAsync(load, StageLoad.Page(pool, StageLoad.Child, 1));
            Assert.Same(plan, (await load.CommitAsync()).Plan);
        }

        Assert.Equal(5, await pooler.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task NewLoad_StepBeforeTheRowsSwitchedTheKeysOff_IsRefused()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Outside);
        LoadPlan plan = await PlanAsync(database.DataSource, ForeignKeyChoice.Ordered);
        var prepare = new CommitStep("switch off", async (transaction, token) =>
        {
            await using var off = new NpgsqlCommand("SET LOCAL session_replication_role = replica", transaction.Connection);
            await off.ExecuteNonQueryAsync(token);
        });
        await using BulkLoad load = plan.NewLoad(new LoadOptions { Prepare = prepare });
        await StageLoad.SendAsync(load, StageLoad.Page(pool, StageLoad.Child, 42));

        await Assert.ThrowsAnyAsync<PipelineException>(() => load.CommitAsync());

        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    private static Task<LoadPlan> PlanAsync(NpgsqlDataSource database, ForeignKeyChoice choice) =>
        LoadPlan.CreateAsync(database, new LoadRequest
        {
            Tables = [StageLoad.Child],
            ForeignKeys = new ForeignKeyOptions { Choice = choice, WritesParentsFirst = true },
        });

    private async Task<LoadResult> LoadAsync(LoadPlan plan, int value)
    {
        await using BulkLoad load = plan.NewLoad();
        await StageLoad.SendAsync(load, StageLoad.Page(pool, StageLoad.Child, value));
        return await load.CommitAsync();
    }
}
