using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Tables;

public sealed class TableCleanerTests
{
    private const string Family =
        """
        CREATE TABLE parent (id int PRIMARY KEY, twin int REFERENCES parent);
        CREATE TABLE child (id int REFERENCES parent);
        INSERT INTO parent VALUES (1, 1), (2, 1);
        INSERT INTO child VALUES (1), (1), (2);
        """;

    private static readonly CopyTable[] ChildrenFirst = [new("public", "child", ["id"]), new("public", "parent", ["id"])];

    [SkippableFact]
    public async Task EmptyAsync_NothingInTheWay_TruncatesAllTogether()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Family);
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource))
        {
            Assert.Equal(
                new EmptyingResult(EmptyingMethod.Truncate, null, null), await TableCleaner.EmptyAsync(load.Connection, ChildrenFirst));
            await load.CommitAsync();
        }

        Assert.Equal(["0|0"], await CountsAsync(database));
    }

    [SkippableFact]
    public async Task EmptyAsync_RolledBack_LeavesTheRows()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Family);
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource))
            await TableCleaner.EmptyAsync(load.Connection, ChildrenFirst);

        Assert.Equal(["3|2"], await CountsAsync(database));
    }

    [SkippableFact]
    public async Task EmptyAsync_NoTruncatePrivilege_DeletesAndSaysWhy()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Family);
        TestRole role =
            await database.CreateRoleAsync("GRANT SELECT, DELETE ON parent, child TO {role}", "GRANT TRUNCATE ON parent TO {role}");
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(role.DataSource))
        {
            EmptyingResult result = await TableCleaner.EmptyAsync(load.Connection, ChildrenFirst);
            await load.CommitAsync();
            Assert.Equal(new EmptyingResult(EmptyingMethod.Delete, "the role may not TRUNCATE public.child", 5), result);
        }

        Assert.Equal(["0|0"], await CountsAsync(database));
    }

    [SkippableFact]
    public async Task EmptyAsync_OtherTableRefersButHoldsNoRow_DeletesAndSaysWhy()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Family + "CREATE TABLE stranger (id int CONSTRAINT stranger_fk REFERENCES parent)");
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);

        EmptyingResult result = await TableCleaner.EmptyAsync(load.Connection, ChildrenFirst);

        Assert.Equal(
            new EmptyingResult(EmptyingMethod.Delete, "foreign key stranger_fk of public.stranger refers to public.parent", 5), result);
    }

    [SkippableFact]
    public async Task EmptyAsync_OtherTableRefersToARow_FailsEvenInReplicaRole()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Family + "CREATE TABLE stranger (id int REFERENCES parent); INSERT INTO stranger VALUES (2)");
        await using LoadTransaction load = await LoadTransaction.OpenAsync(
            database.DataSource, new LoadTransactionOptions { Settings = [new("session_replication_role", "replica")] });

        DatabaseException error =
            await Assert.ThrowsAsync<DatabaseException>(() => TableCleaner.EmptyAsync(load.Connection, ChildrenFirst));

        Assert.Equal("23503", error.SqlState);
        Assert.StartsWith("DELETE of the tables' rows failed on", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task EmptyAsync_DeleteInReplicaRole_PutsTheRoleBack()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Family);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(
            database.DataSource, new LoadTransactionOptions { Settings = [new("session_replication_role", "replica")] });

        EmptyingResult result = await TableCleaner.EmptyAsync(load.Connection, ChildrenFirst, EmptyingMethod.Delete);

        Assert.Equal(new EmptyingResult(EmptyingMethod.Delete, null, 5), result);
        await using var command = new NpgsqlCommand("SHOW session_replication_role", load.Connection);
        Assert.Equal("replica", await command.ExecuteScalarAsync());
    }

    [SkippableFact]
    public async Task EmptyAsync_TruncateAskedForButNotAllowed_Fails()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Family);
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, DELETE ON parent, child TO {role}");
        await using LoadTransaction load = await LoadTransaction.OpenAsync(role.DataSource);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => TableCleaner.EmptyAsync(load.Connection, ChildrenFirst, EmptyingMethod.Truncate));

        Assert.Equal("42501", error.SqlState);
        Assert.StartsWith("TRUNCATE of the tables failed on", error.Message, StringComparison.Ordinal);
    }

    private static Task<List<string>> CountsAsync(TestDatabase database) =>
        database.RowsAsync("SELECT (SELECT count(*) FROM child), (SELECT count(*) FROM parent)");
}
