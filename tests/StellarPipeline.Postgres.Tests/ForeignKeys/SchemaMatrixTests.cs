using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys;

/// <summary>
/// Every schema under every strategy: identical tables, unchanged constraints, or a refusal before the first byte whose SQL makes the load
/// pass.
/// </summary>
public sealed class SchemaMatrixTests
{
    private const string ConstraintsSql = """
        SELECT conrelid::regclass || '.' || conname || ' ' || confrelid::regclass || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated
          || condeferrable || condeferred || conislocal || coninhcount
          || coalesce(' ' || obj_description(oid, 'pg_constraint'), '')
        FROM pg_constraint WHERE contype = 'f' ORDER BY 1
        """;

    public static TheoryData<string> Names => SchemaCases.Names;

    [Fact]
    public void Cases_Count_IsAtLeastThirty() => Assert.True(SchemaCases.All.DistinctBy(schema => schema.Ddl).Count() >= 30);

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Load_UnderEveryStrategy_GivesIdenticalTablesAndConstraints(string name)
    {
        SchemaCase schema = SchemaCases.Named(name);
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(schema.Ddl);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        List<string> constraints = await connection.RowsAsync(ConstraintsSql);
        List<string> before = await DumpAsync(connection, schema);

        var results = new Dictionary<string, List<string>>();
        foreach (ForeignKeyChoice choice in new[]
        {
            ForeignKeyChoice.Replica,
            ForeignKeyChoice.Recreate,
            ForeignKeyChoice.Ordered,
            ForeignKeyChoice.Deferred,
        })
        {
            results[choice.ToString()] = await LoadOrRepairAsync(connection, schema, choice);
            Assert.Equal(before, await DumpAsync(connection, schema));
            if (choice is ForeignKeyChoice.Replica or ForeignKeyChoice.Recreate)
                Assert.Equal(constraints, await connection.RowsAsync(ConstraintsSql));
        }

        Assert.Equal(schema.Batches.Count, results["Replica"].Count - before.Count);
        Assert.All(results.Values, rows => Assert.Equal(results["Replica"], rows));
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Plan_Schema_FindsItsCyclesAndAnOrder(string name)
    {
        SchemaCase schema = SchemaCases.Named(name);
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(schema.Ddl);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        ForeignKeyPlan plan = await ForeignKeyLoad.PlanAsync(connection, schema.Tables);

        Assert.Equal(schema.Deferred, string.Join(' ', plan.Graph.DeferredKeys.Select(key => key.Name)));
        Assert.Equal(schema.Tables.Count(), plan.Graph.LoadOrder.Count);
        Assert.Equal(schema.MixedDeferrable, plan.Strategies.Single(verdict => verdict.Name == "deferred").Probe.IsPossible);
        Assert.Equal(schema.OrderedPossible, plan.Strategies.Single(verdict => verdict.Name == "ordered").Probe.IsPossible);
        Assert.Equal(name == "polymorphic pair" ? 1 : 0, plan.PolymorphicPairs.Count);
        Assert.Equal(name == "no key at all" ? "ordered" : "replica", plan.Chosen?.Name);
    }

    private static async Task<List<string>> LoadOrRepairAsync(NpgsqlConnection connection, SchemaCase schema, ForeignKeyChoice choice)
    {
        var options = new ForeignKeyOptions { Choice = choice, WritesParentsFirst = choice == ForeignKeyChoice.Ordered };
        ForeignKeyPlan plan = await ForeignKeyLoad.PlanAsync(connection, schema.Tables, options);
        if (plan.IsRefused)
        {
            ForeignKeyException refusal =
                await Assert.ThrowsAsync<ForeignKeyException>(() => ForeignKeyLoad.PrepareAsync(connection, schema.Tables, options));
            Assert.Equal(FailureKind.Usage, refusal.Kind);
            Assert.NotEmpty(plan.Remedies);
            foreach (string remedy in plan.Remedies)
            {
                Assert.Contains(remedy, refusal.Message, StringComparison.Ordinal);
                await connection.ExecuteAsync(remedy);
            }
        }

        return await LoadThenRollBackAsync(connection, schema, options);
    }

    /// <summary>
    /// Loads and dumps in one transaction; rolled back, so that the next strategy starts where this one did. SET CONSTRAINTS ALL IMMEDIATE
    /// stands for the checks of COMMIT.
    /// </summary>
    private static async Task<List<string>> LoadThenRollBackAsync(NpgsqlConnection connection, SchemaCase schema, ForeignKeyOptions options)
    {
        ForeignKeyLoad load = await ForeignKeyLoad.PrepareAsync(connection, schema.Tables, options);
        var names = new Dictionary<string, QualifiedName>();
        foreach ((string? spelling, CatalogTable? table) in schema.Tables.Zip(load.Plan.Catalog.Tables))
            names.Add(spelling, table.Name);
        var order = load.Plan.Graph.LoadOrder.ToList();
        IEnumerable<(string Table, string Insert)> batches =
            options.WritesParentsFirst ? schema.Batches.OrderBy(batch => order.IndexOf(names[batch.Table])) : schema.Batches.AsEnumerable();

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await load.Strategy.BeforeLoadAsync(connection);
        foreach ((string? table, string? insert) in batches)
        {
            await load.Strategy.BeforeBatchAsync(connection, names[table]);
            await connection.ExecuteAsync(insert);
        }

        await load.Strategy.AfterLoadAsync(connection);
        await connection.ExecuteAsync("SET CONSTRAINTS ALL IMMEDIATE");
        List<string> rows = await DumpAsync(connection, schema);
        if (options.Choice == ForeignKeyChoice.Recreate)
        {
            // What COMMIT would make of the constraints is compared before it is rolled back.
            List<string> now = await connection.RowsAsync(ConstraintsSql);
            await transaction.RollbackAsync();
            Assert.Equal(await connection.RowsAsync(ConstraintsSql), now);
        }

        return rows;
    }

    private static async Task<List<string>> DumpAsync(NpgsqlConnection connection, SchemaCase schema)
    {
        var rows = new List<string>();
        foreach (string table in schema.Tables)
        {
            rows.AddRange(await connection.RowsAsync(
                $"SELECT t.tableoid::regclass::text, t::text FROM {table} t WHERE t.tableoid::regclass::text <> " +
                    $"'heir' OR '{table}' = 'heir' ORDER BY 1, 2"));
        }

        return rows;
    }
}
