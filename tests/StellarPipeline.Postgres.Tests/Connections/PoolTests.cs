using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Connections;

/// <summary>The two kinds of pools: how durable their commits are, and how many connections they hold.</summary>
public sealed class PoolTests
{
    private const string Durability = "SHOW synchronous_commit";

    [SkippableFact]
    public async Task ConnectAsync_LivePool_IsAsDurableAsTheServerAndLimited()
    {
        await using TestDatabase database = await DurableAsync();

        await using LivePool pool = await LivePool.ConnectAsync(ConnectionSettings.Parse(database.ConnectionString));

        Assert.Equal("on", await AskAsync(pool.DataSource));
        var settings = new NpgsqlConnectionStringBuilder(pool.DataSource.ConnectionString);
        Assert.Equal((30, 10, 300), (settings.MaxPoolSize, settings.ConnectionIdleLifetime, settings.ConnectionLifetime));
    }

    [SkippableFact]
    public async Task ConnectAsync_AddressWithLimits_KeepsThem()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string address = $"{database.ConnectionString};Maximum Pool Size=4;Connection Idle Lifetime=60";

        await using LivePool pool = await LivePool.ConnectAsync(
            ConnectionSettings.Parse(address), new PoolLimits { MaxConnections = 9, Lifetime = TimeSpan.Zero });

        var settings = new NpgsqlConnectionStringBuilder(pool.DataSource.ConnectionString);
        Assert.Equal((4, 60, 0), (settings.MaxPoolSize, settings.ConnectionIdleLifetime, settings.ConnectionLifetime));
    }

    [SkippableFact]
    public async Task ConnectAsync_BackfillPool_DoesNotWaitForTheDisk()
    {
        await using TestDatabase database = await DurableAsync();
        string address = $"{database.ConnectionString};Options=-c statement_timeout=777s";

        await using BackfillPool pool = await BackfillPool.ConnectAsync(ConnectionSettings.Parse(address));

        Assert.False(pool.WaitsForDisk);
        Assert.Equal("off", await AskAsync(pool.DataSource));
        Assert.Equal("777s", await AskAsync(pool.DataSource, "SHOW statement_timeout"));
    }

    [SkippableFact]
    public async Task ConnectAsync_BackfillPoolThroughAPooler_WorksWithoutTheSetting()
    {
        await using PgBouncer pooler = await PgBouncer.StartAsync();

        await using BackfillPool pool = await BackfillPool.ConnectAsync(ConnectionSettings.Parse(pooler.Address));

        Assert.True(pool.WaitsForDisk);
        await using var direct = NpgsqlDataSource.Create(pooler.Direct);
        Assert.Equal(await AskAsync(direct), await AskAsync(pool.DataSource));
    }

    // The server of the tests itself may not wait for its disk.
    private static async Task<TestDatabase> DurableAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync($"ALTER DATABASE {database.Name} SET synchronous_commit = on");
        return database;
    }

    private static async Task<string?> AskAsync(NpgsqlDataSource database, string question = Durability)
    {
#pragma warning disable CA2100 // Literals of the tests.
        await using NpgsqlCommand command = database.CreateCommand(question);
#pragma warning restore CA2100
        return (string?)await command.ExecuteScalarAsync();
    }
}
