using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Samples;

/// <summary>An embedded load in a database where everybody may create in the schemas of the search path.</summary>
public sealed class HostileStageTests
{
    private const string Tables = """
        CREATE TABLE wallet.customers (id bigint PRIMARY KEY, last_order_id bigint);
        CREATE TABLE wallet.orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES wallet.customers);
        CREATE TABLE wallet.order_lines (order_id bigint NOT NULL REFERENCES wallet.orders, article text NOT NULL);
        ALTER TABLE wallet.customers ADD CONSTRAINT last_order FOREIGN KEY (last_order_id) REFERENCES wallet.orders DEFERRABLE INITIALLY
          IMMEDIATE;
        """;

    [SkippableTheory]
    [InlineData("wallet, evil")]
    [InlineData("wallet, evil, pg_catalog")]
    public async Task LoadAsync_SchemasOfThePathFullOfTraps_SpringsNone(string path)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE SCHEMA wallet");
        await database.ExecuteAsync(Tables);
        string sprung = await HostileSchema.PlantAsync(database, "wallet", "evil");
        TestRole role = await database.CreateRoleAsync("ALTER ROLE {role} SUPERUSER", $"ALTER ROLE {{role}} SET search_path = {path}");

        await using (NpgsqlDataSource source = await ConnectionSettings.Parse(role.ConnectionString).ConnectAsync())
        {
            Assert.Equal("wallet", SessionStart.SchemaOf(source));
            await ShopSample.LoadAsync(source, OrdersAsync(), default);
        }

        Assert.Equal(0, await database.QueryAsync<long>(sprung));
        Assert.Equal(10, await database.QueryAsync<long>("SELECT count(*) FROM wallet.orders"));
    }

    [SkippableFact]
    public async Task Traps_UsedByName_AreCounted()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string sprung = await HostileSchema.PlantAsync(database, "evil");
        await database.ExecuteAsync("SET search_path = evil, pg_catalog; SELECT now(); RESET search_path");
        Assert.True(await database.QueryAsync<long>(sprung) > 0);
    }

    private static async IAsyncEnumerable<Order> OrdersAsync()
    {
        for (int id = 1; id <= 10; id++)
        {
            await Task.Yield();
            yield return new Order(id, id, ["article"], true);
        }
    }
}
