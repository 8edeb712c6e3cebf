using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Samples;

public sealed class ShopSampleTests
{
    private const string Schema = """
        CREATE TABLE customers (id bigint PRIMARY KEY, last_order_id bigint);
        CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);
        CREATE TABLE order_lines (order_id bigint NOT NULL REFERENCES orders, article text NOT NULL);
        ALTER TABLE customers ADD CONSTRAINT last_order FOREIGN KEY (last_order_id) REFERENCES orders DEFERRABLE INITIALLY IMMEDIATE;
        """;

    [SkippableFact]
    public async Task LoadAsync_OrdersOfManyCustomers_FillsTheThreeTables()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Schema);
        await ShopSample.LoadAsync(database.DataSource, OrdersAsync(1_000, _ => true), default);
        Assert.Equal(
            ["100|1000|2500"],
            await database.RowsAsync(
                "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders), (SELECT count(*) FROM order_lines)"));
    }

    [SkippableFact]
    public async Task LoadAsync_RoleWithDataRightsOnly_LoadsTheCycleDeferred()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Schema);
        await database.ExecuteAsync(
            "ALTER TABLE orders ALTER CONSTRAINT orders_customer_id_fkey DEFERRABLE; ALTER TABLE order_lines ALTER CONSTRAINT "
                + "order_lines_order_id_fkey DEFERRABLE");
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {role}");
        await ShopSample.LoadAsync(role.DataSource, OrdersAsync(200, _ => true), default);
        Assert.Equal(200, await database.QueryAsync<long>("SELECT count(*) FROM orders"));
    }

    [SkippableFact]
    public async Task LoadAsync_OrderOfACustomerThatNeverComes_IsFoundAndNothingIsCommitted()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Schema);
        ForeignKeyViolationException error = await Assert.ThrowsAsync<ForeignKeyViolationException>(
            () => ShopSample.LoadAsync(database.DataSource, OrdersAsync(1_000, customer => customer != 42), default));
        Assert.Contains("orders_customer_id_fkey", error.Message, StringComparison.Ordinal);
        Assert.Contains("42", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM orders"));
    }

    [SkippableFact]
    public async Task LoadAsync_ServerRefusesABatch_EndsWithThatErrorAndCommitsNothing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Schema);
        await database.ExecuteAsync("ALTER TABLE order_lines ADD CHECK (article <> 'article 1 of 900')");
        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => ShopSample.LoadAsync(database.DataSource, OrdersAsync(1_000, _ => true), default));
        Assert.Equal("23514", error.SqlState);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM customers"));
    }

    [SkippableFact]
    public async Task LoadAsync_Cancelled_CommitsNothing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Schema);
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ShopSample.LoadAsync(
                database.DataSource, OrdersAsync(1_000, customer => customer < 50 || Cancel(cancellation)), cancellation.Token));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM customers"));
    }

    [SkippableFact]
    public async Task LoadAsync_BatchFailsAfter250000RowsOfAnEndlessInput_EndsWithThatErrorAndNoOpenTransaction()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Schema);
        await database.ExecuteAsync("ALTER TABLE order_lines ADD CHECK (article <> 'article 1 of 90000')");

        DatabaseException error =
            await Assert.ThrowsAsync<DatabaseException>(
                () => ShopSample.LoadAsync(database.DataSource, OrdersAsync(int.MaxValue, _ => true), default).WaitAsync(
                    TimeSpan.FromMinutes(3)));

        Assert.Equal("23514", error.SqlState);
        Assert.True(error.LastRow >= 225_000, $"The batch ended with row {error.LastRow}.");
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM customers"));
        await database.WaitForNoSessionsAsync("state LIKE 'idle in transaction%'");
    }

    [SkippableFact]
    public async Task LoadAsync_InputFails_EndsWithTheErrorOfTheInputAndCommitsNothing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Schema);
        await Assert.ThrowsAsync<FormatException>(
            () => ShopSample.LoadAsync(
                database.DataSource, OrdersAsync(1_000, customer => customer < 50 ? true : throw new FormatException("damaged")), default));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM orders"));
    }

    [Fact]
    public void Sample_InTheReadme_IsTheOneThatIsTested()
    {
        string sample = File.ReadAllText(Repository.PathOf("tests", "StellarPipeline.Postgres.Tests", "Samples", "ShopSample.cs"));
        int begin = sample.IndexOf("// sample: begin\n", StringComparison.Ordinal) + "// sample: begin\n".Length;
        Assert.Contains(sample[begin..sample.IndexOf("// sample: end", StringComparison.Ordinal)],
            File.ReadAllText(Repository.PathOf("src", "StellarPipeline.Stellar", "EMBEDDING.md")), StringComparison.Ordinal);
    }

    private static bool Cancel(CancellationTokenSource cancellation)
    {
        cancellation.Cancel();
        return true;
    }

    /// <summary>Ten orders per customer; the customer comes with its last one.</summary>
    private static async IAsyncEnumerable<Order> OrdersAsync(int count, Func<long, bool> hasCustomer)
    {
        for (int id = 1; id <= count; id++)
        {
            await Task.Yield();
            long customer = (id - 1) / 10;
            yield return new Order(id, customer, [.. Enumerable.Range(1, (id % 4) + 1).Select(line => $"article {line} of {id}")],
                id % 10 == 0 && hasCustomer(customer));
        }
    }
}
