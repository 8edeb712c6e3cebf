using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Strategies;

/// <summary>Every strategy protects one transaction on one connection, and refuses to pretend otherwise.</summary>
public sealed class LoadBindingTests
{
    public static TheoryData<string> Strategies => ["replica", "recreate", "ordered", "deferred"];

    [SkippableTheory]
    [MemberData(nameof(Strategies))]
    public async Task BeforeLoad_WithoutTransaction_Refuses(string name)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        (IForeignKeyStrategy? strategy, NpgsqlConnection? connection) = await StartAsync(database, name);
        await using NpgsqlConnection _ = connection;

        ForeignKeyException error = await Assert.ThrowsAsync<ForeignKeyException>(() => strategy.BeforeLoadAsync(connection));

        Assert.Contains($"strategy {name} was started without an open transaction", error.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Internal, error.Kind);
    }

    [SkippableTheory]
    [MemberData(nameof(Strategies))]
    public async Task BeforeBatch_OtherConnection_Refuses(string name)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        (IForeignKeyStrategy? strategy, NpgsqlConnection? connection) = await StartAsync(database, name);
        await using NpgsqlConnection _ = connection;
        await using NpgsqlConnection other = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await strategy.BeforeLoadAsync(connection);

        ForeignKeyException batch =
            await Assert.ThrowsAsync<ForeignKeyException>(() => strategy.BeforeBatchAsync(other, new("public", "c")));
        ForeignKeyException after = await Assert.ThrowsAsync<ForeignKeyException>(() => strategy.AfterLoadAsync(other));
        ForeignKeyException twice = await Assert.ThrowsAsync<ForeignKeyException>(() => strategy.BeforeLoadAsync(connection));

        Assert.Contains("called on a different connection", batch.Message, StringComparison.Ordinal);
        Assert.Contains("called on a different connection", after.Message, StringComparison.Ordinal);
        Assert.Contains("started a second time", twice.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Strategies))]
    public async Task AfterLoad_TransactionEndedMeanwhile_Refuses(string name)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        (IForeignKeyStrategy? strategy, NpgsqlConnection? connection) = await StartAsync(database, name);
        await using NpgsqlConnection _ = connection;
        await using (NpgsqlTransaction first = await connection.BeginTransactionAsync())
        {
            await strategy.BeforeLoadAsync(connection);
            await first.CommitAsync();
        }

        await using NpgsqlTransaction second = await connection.BeginTransactionAsync();
        ForeignKeyException error = await Assert.ThrowsAsync<ForeignKeyException>(() => strategy.AfterLoadAsync(connection));

        Assert.Contains("ended before AfterLoadAsync", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Strategies))]
    public async Task BeforeBatch_NotStarted_Refuses(string name)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        (IForeignKeyStrategy? strategy, NpgsqlConnection? connection) = await StartAsync(database, name);
        await using NpgsqlConnection _ = connection;

        ForeignKeyException error =
            await Assert.ThrowsAsync<ForeignKeyException>(() => strategy.BeforeBatchAsync(connection, new("public", "c")));

        Assert.Contains("called before BeforeLoadAsync or after AfterLoadAsync", error.Message, StringComparison.Ordinal);
    }

    private static async Task<(IForeignKeyStrategy Strategy, Npgsql.NpgsqlConnection Connection)> StartAsync(
        TestDatabase database, string name)
    {
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p DEFERRABLE)");
        NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);
        IForeignKeyStrategy strategy = name switch
        {
            "replica" => new ReplicaStrategy(catalog),
            "recreate" => new RecreateStrategy(catalog),
            "ordered" => new OrderedStrategy(catalog),
            _ => new DeferredStrategy(catalog),
        };
        return (strategy, connection);
    }
}
