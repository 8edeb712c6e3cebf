using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>One load writes each of its tables in the way that was asked for it, in one transaction.</summary>
public sealed class LoadWritersTests
{
    private static readonly CopyTable Assets = new("asset", "id", "name");
    private static readonly CopyTable Balances = new("balance", "id", "asset_id", "amount", "is_gone");
    private static readonly CopyTable Changes = new("change", "id");

    private readonly PagePool pool = new();

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Auto)]
    [InlineData(ForeignKeyChoice.Replica)]
    [InlineData(ForeignKeyChoice.Ordered)]
    public async Task CommitAsync_EachTableWithItsWriter_ComesToTheSameRows(ForeignKeyChoice choice)
    {
        await using TestDatabase database = await CreateAsync();
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(choice));

        LoadResult result = await LoadAsync(plan);

        Assert.Equal(["1|old", "2|new"], await database.RowsAsync("SELECT id, name FROM asset ORDER BY 1"));
        Assert.Equal(["1|1|70", "3|2|30"], await database.RowsAsync("SELECT id, asset_id, amount FROM balance ORDER BY 1"));
        Assert.Equal(2, await database.QueryAsync<long>("SELECT count(*) FROM change"));
        CopyCounters assets = result.Tables.Single(table => table.Table.Name == "asset"),
            balances = result.Tables.Single(table => table.Table.Name == "balance");
        Assert.Equal((2L, 1L, 1L), (assets.Rows, assets.Inserted, assets.Ignored));
        Assert.Equal((3L, 1L, 1L, 1L), (balances.Rows, balances.Inserted, balances.Updated, balances.Deleted));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CommitAsync_UpsertRefersToAParentThatIsMissing_StoresNothing()
    {
        await using TestDatabase database = await CreateAsync();
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(ForeignKeyChoice.Ordered));
        await using BulkLoad load = plan.NewLoad();
        await StageLoad.SendAsync(load, BalancePage((1, 99, 1, false)));
        await Assert.ThrowsAnyAsync<Dataflow.PipelineException>(() => load.CommitAsync());
        Assert.Equal(["1|1|10", "2|1|20"], await database.RowsAsync("SELECT id, asset_id, amount FROM balance ORDER BY 1"));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CreateAsync_ColumnThatOnlySaysThatARowGoes_IsNotWantedInTheTable()
    {
        await using TestDatabase database = await CreateAsync();
        LoadPlan plan = await LoadPlan.CreateAsync(database.DataSource, Request(ForeignKeyChoice.Auto));
        Assert.Empty(plan.Preflight.Obstacles);
        LoadPlan copied = await LoadPlan.CreateAsync(database.DataSource, new LoadRequest { Tables = [Balances] });
        Assert.Contains("is_gone is missing", Assert.Single(copied.Preflight.Obstacles).Message, StringComparison.Ordinal);
    }

    private static async Task<TestDatabase> CreateAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE TABLE asset (id int PRIMARY KEY, name text NOT NULL);
            CREATE TABLE balance (id int PRIMARY KEY, asset_id int NOT NULL REFERENCES asset, amount int NOT NULL);
            CREATE TABLE change (id int PRIMARY KEY);
            INSERT INTO asset VALUES (1, 'old'); INSERT INTO balance VALUES (1, 1, 10), (2, 1, 20);
            """);
        return database;
    }

    private static LoadRequest Request(ForeignKeyChoice choice) => new()
    {
        Tables = [Assets, Balances, Changes],
        Writers = new Dictionary<CopyTable, RowWriterKind>
        {
            [Assets] = RowWriterKind.InsertOrIgnore,
            [Balances] = RowWriterKind.UpsertAndDelete,
        },
        ForeignKeys = new ForeignKeyOptions { Choice = choice, WritesParentsFirst = true },
    };

    private async Task<LoadResult> LoadAsync(LoadPlan plan)
    {
        await using BulkLoad load = plan.NewLoad();
        await StageLoad.SendAsync(
            load,
            BalancePage((3, 2, 30, false), (2, 1, 0, true), (1, 1, 70, false)),
            StageLoad.Page(pool, Changes, 1, 2),
            StageLoad.Page(pool, Assets, [(1, "other"), (2, "new")], static (writer, asset) =>
            {
                writer.WriteInt32(asset.Item1);
                writer.WriteText(System.Text.Encoding.UTF8.GetBytes(asset.Item2));
            }));
        return await load.CommitAsync();
    }

    private RowPage BalancePage(params (int Id, int Asset, int Amount, bool IsGone)[] rows) =>
        StageLoad.Page(pool, Balances, rows, static (writer, row) =>
        {
            writer.WriteInt32(row.Id);
            writer.WriteInt32(row.Asset);
            writer.WriteInt32(row.Amount);
            writer.WriteBoolean(row.IsGone);
        });
}
