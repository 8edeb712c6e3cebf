using Npgsql;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Transactions;

/// <summary>Small transactions: committed whole or not at all, with the first error kept and every end counted.</summary>
[Collection(nameof(TelemetryTests))]
public sealed class TransactionRunTests
{
    private const string Duration = "pipeline.transaction.duration";

    [SkippableFact]
    public async Task RunAsync_WorkReturns_IsCommitted()
    {
        await using TestDatabase database = await DatabaseAsync();
        using var telemetry = new TelemetryRecorder(PostgresTelemetry.Name);

        int given = await TransactionRun.RunAsync(database.DataSource, "The test", async load =>
        {
            await InsertAsync(load, "1");
            return 7;
        });

        Assert.Equal(7, given);
        Assert.Equal(1, await CountAsync(database));
        Assert.Single(telemetry.Of(Duration, ("transaction", "The test"), ("outcome", "committed")));
    }

    [SkippableFact]
    public async Task RunAsync_WorkThrows_NothingStaysAndItsErrorIsTheOne()
    {
        await using TestDatabase database = await DatabaseAsync();
        using var telemetry = new TelemetryRecorder(PostgresTelemetry.Name);

        InvalidTimeZoneException error = await Assert.ThrowsAsync<InvalidTimeZoneException>(
            () => TransactionRun.RunAsync<int>(database.DataSource, "The test", async load =>
            {
                await InsertAsync(load, "1");
                // The roll-back fails too: the session is gone.
                await database.TerminateSessionsAsync();
                throw new InvalidTimeZoneException("the first error");
            }));

        Assert.Equal("the first error", error.Message);
        Assert.Equal(0, await CountAsync(database));
        Assert.Single(
            telemetry.Of(Duration, ("outcome", "rolled_back"), ("error.type", nameof(InvalidTimeZoneException))));
    }

    [SkippableTheory]
    [InlineData("1), (1", "23505")]
    [InlineData("NULL", "23502")]
    [InlineData("1/0", "22012")]
    [InlineData("nothing", "42703")]
    public async Task RunAsync_StatementIsRefused_IsOneErrorWithTheState(string values, string state)
    {
        await using TestDatabase database = await DatabaseAsync();
        using var telemetry = new TelemetryRecorder(PostgresTelemetry.Name);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => TransactionRun.RunAsync(database.DataSource, "The test", load => InsertAsync(load, values)));

        Assert.Equal(state, error.SqlState);
        Assert.StartsWith("The test", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync(database));
        Assert.Single(telemetry.Of(Duration, ("outcome", "rolled_back"), ("error.type", state)));
    }

    [SkippableFact]
    public async Task RunAsync_Cancelled_NothingStays()
    {
        await using TestDatabase database = await DatabaseAsync();
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => TransactionRun.RunAsync<int>(database.DataSource, "The test", async load =>
            {
                await InsertAsync(load, "1");
                await cancel.CancelAsync();
                cancel.Token.ThrowIfCancellationRequested();
                return 0;
            }, null, cancel.Token));

        Assert.Equal(0, await CountAsync(database));
    }

    private static async Task<TestDatabase> DatabaseAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY)");
        return database;
    }

    private static async Task<int> InsertAsync(LoadTransaction load, string values)
    {
#pragma warning disable CA2100 // Literals of the tests.
        await using var command = new NpgsqlCommand($"INSERT INTO public.t VALUES ({values})", load.Connection);
#pragma warning restore CA2100
        return await command.ExecuteNonQueryAsync();
    }

    private static Task<long> CountAsync(TestDatabase database)
    {
        database.DataSource.Clear();
        return database.QueryAsync<long>("SELECT count(*) FROM t");
    }
}
