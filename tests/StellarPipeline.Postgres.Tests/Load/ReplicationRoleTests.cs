using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>
/// Where a role's or database's default silences PostgreSQL's own checks, the load sets it, proves, or refuses; it never trusts.
/// </summary>
public sealed class ReplicationRoleTests
{
    private const string Pair = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p DEFERRABLE);";

    private readonly PagePool pool = new();

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Ordered)]
    [InlineData(ForeignKeyChoice.Deferred)]
    [InlineData(ForeignKeyChoice.Recreate)]
    [InlineData(ForeignKeyChoice.Replica)]
    [InlineData(ForeignKeyChoice.Auto)]
    public async Task CommitAsync_DatabaseIsReplicaByDefault_FindsTheOrphan(ForeignKeyChoice choice)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + $"ALTER DATABASE {database.Name} SET session_replication_role = replica");
        await using var fresh = Npgsql.NpgsqlDataSource.Create(
            new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = "fresh" }.ConnectionString);

        await Assert.ThrowsAnyAsync<Dataflow.PipelineException>(
            () => LoadAsync(fresh, choice, StageLoad.Page(pool, StageLoad.Parent, 1), StageLoad.Page(pool, StageLoad.Child, 1, 7)));

        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM c"));
        await LoadAsync(fresh, choice, StageLoad.Page(pool, StageLoad.Parent, 1), StageLoad.Page(pool, StageLoad.Child, 1));
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Ordered)]
    [InlineData(ForeignKeyChoice.Deferred)]
    [InlineData(ForeignKeyChoice.Auto)]
    public async Task CommitAsync_RoleIsReplicaByDefaultAndMayNotChangeIt_ProvesByAntiJoin(ForeignKeyChoice choice)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        TestRole role = await database.CreateRoleAsync(
            "GRANT SELECT, INSERT, UPDATE ON p, c TO {role}", "ALTER ROLE {role} SET session_replication_role = replica");

        ForeignKeyViolationException error =
            await Assert.ThrowsAsync<ForeignKeyViolationException>(() =>
                LoadAsync(role.DataSource, choice, StageLoad.Page(pool, StageLoad.Parent, 1), StageLoad.Page(pool, StageLoad.Child, 1, 7)));

        Assert.Equal(("k", 1), (error.Key.Name, error.Rows));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task OpenAsync_NeitherCheckedNorProvable_IsRefusedWithTheWayOut()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair);
        TestRole role = await database.CreateRoleAsync(
            "GRANT INSERT, UPDATE ON p, c TO {role}", "ALTER ROLE {role} SET session_replication_role = replica");

        ForeignKeyException error = await Assert.ThrowsAsync<ForeignKeyException>(
            () => LoadAsync(role.DataSource, ForeignKeyChoice.Ordered, StageLoad.Page(pool, StageLoad.Child, 1)));

        Assert.Equal(Dataflow.FailureKind.Usage, error.Kind);
        Assert.Contains("PostgreSQL checks no foreign key", error.Message, StringComparison.Ordinal);
        Assert.Contains("SET session_replication_role = origin;", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Ordered)]
    [InlineData(ForeignKeyChoice.Deferred)]
    public async Task CommitAsync_TriggersOfTheKeyAreDisabled_FindsTheOrphan(ForeignKeyChoice choice)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Pair + "ALTER TABLE c DISABLE TRIGGER ALL");

        await Assert.ThrowsAsync<ForeignKeyViolationException>(() =>
            LoadAsync(database.DataSource, choice, StageLoad.Page(pool, StageLoad.Parent, 1), StageLoad.Page(pool, StageLoad.Child, 7)));

        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    private static Task LoadAsync(Npgsql.NpgsqlDataSource database, ForeignKeyChoice choice, params IReadOnlyList<RowPage> pages) =>
        StageLoad.LoadAsync(database,
            new LoadRequest { Tables = [], ForeignKeys = new ForeignKeyOptions { Choice = choice, WritesParentsFirst = true } }, pages);
}
