using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tests.ForeignKeys;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>What a load checked holds until COMMIT, and nothing is locked before there is something to load.</summary>
public sealed class TableLockTests
{
    private const string Pair = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int);";
    private const string AddKey = "ALTER TABLE c ADD CONSTRAINT k FOREIGN KEY (p_id) REFERENCES p";
    // Autovacuum may come by at any time, with locks and a transaction of its own.
    private const string Locks =
        "SELECT count(*) FROM pg_locks l JOIN pg_class t ON t.oid = l.relation JOIN pg_stat_activity a USING (pid) "
            + "WHERE t.relname IN ('p', 'c') AND l.mode <> 'AccessShareLock' AND a.backend_type = 'client backend'";

    private readonly PagePool pool = new();

    [SkippableFact]
    public async Task OpenAsync_NoPageYet_HoldsNoLockAndNoTransaction()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + AddKey);
        await using BulkLoad stage = await BulkLoad.OpenAsync(
            database.DataSource, new LoadRequest { Tables = [StageLoad.Child, StageLoad.Parent], Content = TableContent.Replace });

        Assert.Equal(0, await database.QueryAsync<long>(Locks));
        Assert.Equal(
            0,
            await database.QueryAsync<long>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
                    + "backend_type = 'client backend' AND (backend_xid IS NOT NULL OR state LIKE 'idle in%')"));
        Assert.Equal(TableLockMode.AccessExclusive, stage.Plan.Preflight.LockMode);
    }

    [SkippableFact]
    public async Task SendAsync_SomebodyAddsAKeyMeanwhile_WaitsForTheLoadAndIsThenRefused()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + "CREATE TABLE q (p_id int REFERENCES p)");
        await using NpgsqlConnection other = await database.DataSource.OpenConnectionAsync();
        await using BulkLoad stage = await BulkLoad.OpenAsync(
            database.DataSource, new LoadRequest
            {
                Tables = [StageLoad.Child, StageLoad.Parent],
                ForeignKeys = new ForeignKeyOptions { Choice = ForeignKeyChoice.Replica }
            });
        using LoadProducer producer = stage.AddProducer();
        await producer.SendAsync(StageLoad.Page(pool, StageLoad.Parent, 1));
        await WaitUntilAsync(async () => await database.QueryAsync<long>(Locks) > 0);

        await other.ExecuteAsync("SET lock_timeout = '50ms'");
        PostgresException waiting = await Assert.ThrowsAsync<PostgresException>(() => other.ExecuteAsync(AddKey));
        await producer.SendAsync(StageLoad.Page(pool, StageLoad.Child, 7));
        producer.Complete();
        await stage.CommitAsync();
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => other.ExecuteAsync(AddKey));

        Assert.Equal((PostgresErrorCodes.LockNotAvailable, PostgresErrorCodes.ForeignKeyViolation), (waiting.SqlState, refused.SqlState));
    }

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Replica)]
    [InlineData(ForeignKeyChoice.Recreate)]
    public async Task CommitAsync_KeyAddedBetweenPlanAndFirstPage_IsKept(ForeignKeyChoice choice)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        await using BulkLoad stage = await BulkLoad.OpenAsync(
            database.DataSource,
            new LoadRequest { Tables = [StageLoad.Child, StageLoad.Parent], ForeignKeys = new ForeignKeyOptions { Choice = choice } });
        await database.ExecuteAsync(AddKey);

        await StageLoad.SendAsync(stage, StageLoad.Page(pool, StageLoad.Child, 7));
        ForeignKeyViolationException error = await Assert.ThrowsAsync<ForeignKeyViolationException>(() => stage.CommitAsync());

        Assert.Equal(("k", 1), (error.Key.Name, error.Rows));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task BeforeLoad_KeyAddedBehindAPlanThatWasMadeWithoutALock_IsProved()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        var strategy = new ReplicaStrategy(await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]));
        await database.ExecuteAsync(AddKey);

        await Assert.ThrowsAsync<ForeignKeyViolationException>(() => connection.LoadAsync(strategy, "INSERT INTO c VALUES (7)"));
    }

    [SkippableFact]
    public async Task OpenAsync_RoleThatMayOnlyInsert_SharesTheTablesAndLeavesTheKeysToPostgres()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + AddKey);
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT ON p, c TO {role}");
        var parentsFirst = new ForeignKeyOptions { WritesParentsFirst = true };
        await using BulkLoad stage = await BulkLoad.OpenAsync(
            role.DataSource, new LoadRequest { Tables = [StageLoad.Child, StageLoad.Parent], ForeignKeys = parentsFirst });

        Assert.Equal((true, TableLockMode.RowExclusive, "ordered"),
            (stage.Plan.Preflight.IsShared, stage.Plan.Preflight.LockMode, stage.Plan.ForeignKeys!.Chosen?.Name));
        await Assert.ThrowsAsync<LoadRefusedException>(() => BulkLoad.OpenAsync(
            role.DataSource,
            new LoadRequest { Tables = [StageLoad.Child, StageLoad.Parent], ForeignKeys = parentsFirst, Access = TableAccess.Exclusive }));
    }

    [SkippableFact]
    public async Task OpenAsync_EmptinessIsWantedAndNotKnown_IsRefused()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        TestRole role = await database.CreateRoleAsync("GRANT INSERT, UPDATE, DELETE ON p, c TO {role}");

        LoadRefusedException error = await Assert.ThrowsAsync<LoadRefusedException>(
            () => BulkLoad.OpenAsync(role.DataSource, new LoadRequest { Tables = [StageLoad.Child], Content = TableContent.MustBeEmpty }));

        Assert.Contains("the role may not SELECT from public.c", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Auto, IndexRebuild.Never)]
    [InlineData(ForeignKeyChoice.Recreate, IndexRebuild.Always)]
    [InlineData(ForeignKeyChoice.Ordered, IndexRebuild.Never)]
    public async Task CommitAsync_ThreeFirstLoadsAtOnceRoundAfterRound_OneSucceedsAndNoneDeadlocks(
        ForeignKeyChoice choice, IndexRebuild rebuild)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + AddKey);
        var request = new LoadRequest
        {
            Tables = [], Content = TableContent.MustBeEmpty,
            ForeignKeys = new ForeignKeyOptions { Choice = choice, IndexRebuild = rebuild, WritesParentsFirst = true }
        };
        for (int round = 0; round < 12; round++)
        {
            await database.ExecuteAsync("TRUNCATE p, c");
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<Exception?>[] loads = [.. Enumerable.Range(1, 3).Select(number => Task.Run<Exception?>(async () =>
            {
                await start.Task;

                // The order in which a caller names the tables is not that of the locks.
                RowPage parents = StageLoad.Page(pool, StageLoad.Parent, number), children = StageLoad.Page(pool, StageLoad.Child, number);
                return await Record.ExceptionAsync(
                    () => StageLoad.LoadAsync(database.DataSource, request, number == 2 ? [children, parents] : [parents, children]));
            }))];
            start.SetResult();
            Exception?[] outcomes = await Task.WhenAll(loads);

            Assert.Single(outcomes, error => error is null);
            Assert.All(outcomes.OfType<Exception>(), error =>
                Assert.Contains("already hold rows: ", Assert.IsType<LoadRefusedException>(error).Message, StringComparison.Ordinal));
            Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM c JOIN p ON p.id = c.p_id"));
        }
    }

    [SkippableTheory]
    [InlineData("p", "c", TableContent.MustBeEmpty)]
    [InlineData("c", "p", TableContent.MustBeEmpty)]
    [InlineData("p", "c", TableContent.Replace)]
    [InlineData("c", "p", TableContent.Replace)]
    public async Task CreateAsync_WaitsForATableOfAnother_HoldsNoOtherTableMeanwhile(string taken, string free, TableContent content)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + AddKey + "; CREATE TABLE q (p_id int REFERENCES p)");
        await using NpgsqlConnection other = await database.DataSource.OpenConnectionAsync();
        await other.ExecuteAsync($"BEGIN; LOCK TABLE {taken} IN ACCESS EXCLUSIVE MODE");

        Task<LoadPlan> look =
            LoadPlan.CreateAsync(database.DataSource, new LoadRequest { Tables = [StageLoad.Child, StageLoad.Parent], Content = content });
        await database.WaitForLockWaitAsync(look);
        await other.ExecuteAsync($"LOCK TABLE {free}, q IN ACCESS EXCLUSIVE MODE NOWAIT; ROLLBACK");

        Assert.DoesNotContain((await look).Preflight.Tables, table => table.HasRows != false);
    }

    [SkippableFact]
    public async Task CreateAsync_KeyIsDroppedAndAddedAgainAndAgain_PlansOneStateOrSaysThatItChanges()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + AddKey);
        using var end = new CancellationTokenSource();
        var changes = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                await database.ExecuteAsync("ALTER TABLE c DROP CONSTRAINT k");
                await database.ExecuteAsync(AddKey);
                await Task.Delay(60);
            }
        });
        var request = new LoadRequest
        {
            Tables = [StageLoad.Child, StageLoad.Parent],
            ForeignKeys = new ForeignKeyOptions { Choice = ForeignKeyChoice.Recreate, IndexRebuild = IndexRebuild.Always }
        };

        var planned = new List<LoadPlan>();
        for (int number = 0; number < 20; number++)
        {
            Exception? error =
                await Record.ExceptionAsync(async () => planned.Add(await LoadPlan.CreateAsync(database.DataSource, request)));
            if (error is null) continue;
            string message = Assert.IsType<DatabaseException>(error).Message;
            Assert.Contains("Other sessions changed the tables", message, StringComparison.Ordinal);
        }

        await end.CancelAsync();
        await changes;
        Assert.All(planned, plan => Assert.InRange(plan.ForeignKeys!.Catalog.Keys.Count, 0, 1));
        Assert.NotEmpty((await LoadPlan.CreateAsync(database.DataSource, request)).ForeignKeys!.Catalog.Keys);
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        for (int trial = 0; !await condition(); trial++)
        {
            Assert.True(trial < 3_000, "The wait took too long.");
            await Task.Delay(20);
        }
    }
}
