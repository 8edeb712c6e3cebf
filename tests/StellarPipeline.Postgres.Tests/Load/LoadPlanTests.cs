using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>One plan serves many transactions, and none of them trusts it where the catalogue has changed.</summary>
public sealed class LoadPlanTests
{
    private const string Tables =
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p); CREATE INDEX i ON c (p_id);";

    private readonly PagePool pool = new();

    /// <summary>What somebody does between two loads, and whether the second one goes on with another plan.</summary>
    public static TheoryData<string> Changes() =>
    [
        "ALTER TABLE c ADD COLUMN x int",
        "ALTER TABLE c ADD COLUMN x int NOT NULL DEFAULT 7",
        "ALTER TABLE c RENAME CONSTRAINT k TO k2",
        "ALTER TABLE c DROP CONSTRAINT k",
        "DROP INDEX i",
        "CREATE INDEX j ON p ((id + 1))",
        "CREATE TABLE other (p_id int REFERENCES p)",
        "DROP TABLE c; CREATE TABLE c (p_id int)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER t AFTER INSERT ON c EXECUTE "
            + "FUNCTION f()",
        "CREATE TABLE c2 () INHERITS (c)",
        "ALTER TABLE c ALTER COLUMN p_id TYPE int4; ALTER TABLE c ALTER COLUMN p_id SET NOT NULL",
    ];

    /// <summary>What makes the next load impossible, and a part of the refusal.</summary>
    public static TheoryData<string, string> Refusals() => new()
    {
        { "ALTER TABLE c ADD COLUMN x int DEFAULT 7 NOT NULL; ALTER TABLE c ALTER COLUMN x DROP DEFAULT",
            "public.c.x (integer) must not be NULL" },
        { "ALTER TABLE c RENAME COLUMN p_id TO other", "public.c.p_id is missing" },
        { "ALTER TABLE c RENAME TO d", "relation \"public.c\" does not exist" },
        { "REVOKE INSERT ON c FROM {role}", "role may not INSERT into public.c" },
        { "ALTER TABLE c ENABLE ROW LEVEL SECURITY", "Row-level security is active on public.c" },
    };

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Auto)]
    [InlineData(ForeignKeyChoice.Replica)]
    [InlineData(ForeignKeyChoice.Ordered)]
    [InlineData(ForeignKeyChoice.Recreate)]
    public async Task NewLoad_ManyTransactionsOfOnePlan_AllCommitUnderIt(ForeignKeyChoice choice)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables);
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(choice));
        for (int round = 0; round < 5; round++)
        {
            LoadResult result = await LoadAsync(plan, round);

            // Recreate itself makes the keys anew, so that a plan of it lasts for one load.
            if (choice == ForeignKeyChoice.Recreate) plan = result.Plan;
            else Assert.Same(plan, result.Plan);
        }

        Assert.Equal(["5|5"], await database.RowsAsync("SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c)"));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task NewLoad_SideBySideUnderOnePlan_CommitAllTheirRows()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables);
        LoadPlan plan =
            await LoadPlan.CreateAsync(database.DataSource, Request(ForeignKeyChoice.Ordered) with { Access = TableAccess.Shared });
        LoadResult[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(round => Task.Run(() => LoadAsync(plan, round))));
        Assert.All(results, result => Assert.Same(plan, result.Plan));
        Assert.Equal(["8|8"], await database.RowsAsync("SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c)"));
    }

    [SkippableTheory]
    [MemberData(nameof(Changes))]
    public async Task NewLoad_CatalogueChangedBetweenTwoTransactions_IsPlannedAgain(string change)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables);
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(ForeignKeyChoice.Auto));
        Assert.Same(plan, (await LoadAsync(plan, 1)).Plan);
        await database.ExecuteAsync(change);

        LoadResult second = await LoadAsync(plan, 2);

        Assert.NotSame(plan, second.Plan);

        // Recreate makes the keys anew, and so its own plan old.
        LoadResult third = await LoadAsync(second.Plan, 3);
        Assert.Equal(second.Strategy != "recreate", ReferenceEquals(second.Plan, third.Plan));
        Assert.Equal(3, await database.QueryAsync<long>("SELECT count(*) FROM p"));
    }

    [SkippableTheory]
    [MemberData(nameof(Refusals))]
    public async Task NewLoad_CatalogueNoLongerTakesTheRows_IsRefusedAndNothingIsStored(string change, string reason)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables);
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT, UPDATE ON p, c TO {role}");
        LoadPlan plan = await LoadPlan.CreateAsync(role.DataSource, Request(ForeignKeyChoice.Ordered));
        await LoadAsync(plan, 1);
        await database.ExecuteAsync(change.Replace("{role}", role.Name, StringComparison.Ordinal));

        PipelineException error = await Assert.ThrowsAnyAsync<PipelineException>(() => LoadAsync(plan, 2));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM p"));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task NewLoad_KeyAddedAfterThePlan_IsProved()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int)");
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(ForeignKeyChoice.Replica));
        await database.ExecuteAsync("ALTER TABLE c ADD CONSTRAINT late FOREIGN KEY (p_id) REFERENCES p");

        ForeignKeyViolationException error =
            await Assert.ThrowsAsync<ForeignKeyViolationException>(() => LoadAsync(plan, StageLoad.Page(pool, StageLoad.Child, 42)));

        Assert.Equal("late", error.Key.Name);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task NewLoad_PlanOfEmptyTablesThatHaveRowsNow_IsRefused()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables);
        LoadPlan plan =
            await LoadPlan.CreateAsync(database.DataSource, Request(ForeignKeyChoice.Auto) with { Content = TableContent.MustBeEmpty });
        Assert.Same(plan, (await LoadAsync(plan, 1)).Plan);

        LoadRefusedException error = await Assert.ThrowsAsync<LoadRefusedException>(() => LoadAsync(plan, 2));

        Assert.Contains("already hold rows: p, c", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM p"));
    }

    [SkippableFact]
    public async Task CommitAsync_StepsOfTheCaller_RunInTheirTurnAndCommitWithTheRows()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables + "CREATE TABLE cursor (value int)");
        var order = new List<string>();
        var options = new LoadOptions
        {
            ChangeSchema = Step("schema"),
            Prepare = Step("prepare"),
            BeforeProof = [Step("before proof")],
            CommitSteps = [Step("first"), new CommitStep("move the cursor", async (load, token) =>
            {
                order.Add("cursor");
                await using var command =
                    new Npgsql.NpgsqlCommand(
                        $"INSERT INTO {load.Resolve(new CopyTable("cursor", "value")).QualifiedName} SELECT count(*) FROM public.p",
                        load.Connection);
                await command.ExecuteNonQueryAsync(token);
            })],
        };
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(ForeignKeyChoice.Auto));
        LoadResult result = await LoadAsync(plan, options, Pages(1));

        Assert.Equal(["schema", "prepare", "before proof", "first", "cursor"], order);
        Assert.Equal(1, await database.QueryAsync<int>("SELECT value FROM cursor"));
        Assert.Equal(["open", "schema", "preflight", "load", "foreign keys", "commit"], result.Phases.Select(phase => phase.Name));
        Assert.Equal((2, "accumulate", "copy"), (result.Rows, result.Stages[0].Stage, result.Stages[1].Stage));
        Assert.Equal("k", Assert.Single(result.Proofs).Constraint);

        CommitStep Step(string name) => new(name, (_, _) =>
        {
            order.Add(name);
            return Task.CompletedTask;
        });
    }

    [SkippableTheory]
    [InlineData("SELECT 1", "CREATE TABLE public.p (id int PRIMARY KEY); CREATE TABLE public.c (p_id int REFERENCES public.p)", 1)]
    [InlineData("CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE public.c (p_id int REFERENCES public.p)", 2)]
    [InlineData("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c1 (p_id int)",
        "CREATE TABLE public.c (p_id int) PARTITION BY RANGE (p_id); ALTER TABLE public.p ADD COLUMN x int; "
            + "ALTER TABLE public.c ATTACH PARTITION public.c1 FOR VALUES FROM (0) TO (10)", 1)]
    public async Task CommitAsync_SchemaStepCreatesTheTables_ChecksThemOnceIfItHoldsTheirLocks(string before, string change, int looks)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(before);
        int checks = 0;
        LoadRequest request = Request(ForeignKeyChoice.Ordered) with
        {
            SchemaMayChange = true,
            Checks = (_, _, _) =>
            {
                checks++;
                return Task.FromResult<IReadOnlyList<LoadFinding>>([]);
            },
        };
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, request);
        checks = 0;
        var options = new LoadOptions
        {
            ChangeSchema = new CommitStep("schema", async (load, token) =>
            {
                await using var command = new Npgsql.NpgsqlCommand(change, load.Connection);
                await command.ExecuteNonQueryAsync(token);
            }),
        };

        await LoadAsync(plan, options, Pages(1));

        Assert.Equal(looks, checks);
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task CommitAsync_PlannedAgainUnderTheLocks_RunsTheCallersQueriesWithTheSettingsOfTheSession()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            Tables + $"; ALTER DATABASE {database.Name} SET join_collapse_limit = 11; ALTER DATABASE {database.Name} SET jit = on");
        database.DataSource.Clear();
        var seen = new List<string>();
        LoadRequest request = Request(ForeignKeyChoice.Recreate) with
        {
            Checks = async (_, connection, token) =>
            {
                await LookAsync(connection, token);
                return [];
            },
        };
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, request);
        await database.ExecuteAsync("ALTER TABLE c ADD COLUMN x int");
        var options = new LoadOptions { CommitSteps = [new CommitStep("look", (load, token) => LookAsync(load.Connection, token))] };

        await LoadAsync(plan, options, Pages(1));

        Assert.Equal(3, seen.Count);
        Assert.All(seen, settings => Assert.Equal("11 on", settings));

        async Task LookAsync(Npgsql.NpgsqlConnection connection, CancellationToken token)
        {
            await using var command = new Npgsql.NpgsqlCommand(
                "SELECT current_setting('join_collapse_limit') || ' ' || current_setting('jit')", connection);
            seen.Add((string)(await command.ExecuteScalarAsync(token))!);
        }
    }

    [SkippableFact]
    public async Task CommitAsync_LastStepFails_CommitsNothingAndNamesTheStep()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables);
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(ForeignKeyChoice.Auto));
        var options = new LoadOptions
        {
            CommitSteps = [new CommitStep("divide", async (load, token) =>
            {
                await using var command = new Npgsql.NpgsqlCommand("SELECT 1 / 0", load.Connection);
                await command.ExecuteScalarAsync(token);
            })],
        };

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => LoadAsync(plan, options, Pages(1)));

        Assert.Equal("22012", error.SqlState);
        Assert.Contains("\"divide\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM p"));
    }

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Ordered, 1)]
    [InlineData(ForeignKeyChoice.Ordered, 1_000_000)]
    [InlineData(ForeignKeyChoice.Replica, 1)]
    public async Task CommitAsync_ParentsThatComeLate_AreThereWhenTheirChildrenAre(ForeignKeyChoice choice, int batchRows)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables);
        int made = 0;
        var options = new LoadOptions
        {
            Accumulator = new RowAccumulatorOptions { RowsPerBatch = batchRows },
            LateRows = (moment, table, rows) =>
            {
                // A parent for every child that was sent so far, given only when it must be.
                if (moment == LateRowsMoment.PageTaken || (moment == LateRowsMoment.BeforeBatch && !table!.Equals(StageLoad.Child))) return;
                while (made < 20) rows.Add(StageLoad.Page(pool, StageLoad.Parent, ++made));
            },
        };
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(choice));

        LoadResult result =
            await LoadAsync(plan, options, [.. Enumerable.Range(1, 20).Select(id => StageLoad.Page(pool, StageLoad.Child, id))]);

        Assert.Equal(40, result.Rows);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM c LEFT JOIN p ON p.id = c.p_id WHERE p.id IS NULL"));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableTheory]
    [InlineData(LateRowsMoment.PageTaken)]
    [InlineData(LateRowsMoment.End)]
    public async Task CommitAsync_LateRowsFail_ThrowsTheirErrorAndGivesEveryPageBack(LateRowsMoment when)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Tables);
        var options = new LoadOptions
        {
            LateRows = (moment, _, rows) =>
            {
                if (moment != when) return;
                rows.Add(StageLoad.Page(pool, StageLoad.Parent, 7));
                throw new FormatException("a parent cannot be made");
            },
        };
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(ForeignKeyChoice.Auto));
        await Assert.ThrowsAsync<FormatException>(() => LoadAsync(plan, options, Pages(1)));
        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM p"));
    }

    private static LoadRequest Request(ForeignKeyChoice choice) => new()
    {
        Tables = [StageLoad.Parent, StageLoad.Child],
        ForeignKeys = new ForeignKeyOptions { Choice = choice, WritesParentsFirst = true },
    };

    private RowPage[] Pages(int id) => [StageLoad.Page(pool, StageLoad.Parent, id), StageLoad.Page(pool, StageLoad.Child, id)];

    private Task<LoadResult> LoadAsync(LoadPlan plan, int id) => LoadAsync(plan, null, Pages(id));

    private static Task<LoadResult> LoadAsync(LoadPlan plan, RowPage page) => LoadAsync(plan, null, [page]);

    private static async Task<LoadResult> LoadAsync(LoadPlan plan, LoadOptions? options, RowPage[] pages)
    {
        await using BulkLoad load = plan.NewLoad(options);
        await StageLoad.SendAsync(load, pages);
        return await load.CommitAsync();
    }
}
