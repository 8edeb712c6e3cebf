using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tests.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load.Writers;

/// <summary>A cancelled COPY ends in time and as a cancellation, also where the server says nothing any more.</summary>
public sealed class CopyCancellationTests
{
    // CopyDone with its length (PostgreSQL manual, "Message Formats").
    private const string CopyDone = "c\0\0\0\u0004";

    private readonly PagePool pool = new();

    [SkippableFact]
    public async Task CopyAsync_CancelledWhileTheVerdictDoesNotCome_EndsAndLeavesTheConnectionBehind()
    {
        await using TestDatabase database = await DatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString);
        await using var dataSource = NpgsqlDataSource.Create(proxy.ConnectionString);
        using var stop = new CancellationTokenSource();
        var released = new TaskCompletionSource<WireFate>(TaskCreationOptions.RunContinuationsAsynchronously);
        proxy.When(CopyDone, async () =>
        {
            await stop.CancelAsync();
            return await released.Task;
        });
        LoadTransaction load = await LoadTransaction.OpenAsync(dataSource);
        var sink = new CopySink(load, new CopySinkOptions { CancelGrace = TimeSpan.Zero, BreakAfter = TimeSpan.FromMilliseconds(100) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => sink.CopyAsync(TestRows.Batch(pool, (1, 100)), stop.Token).WaitAsync(TimeSpan.FromSeconds(60)));
        await load.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(0, pool.Outstanding);
        await Assert.ThrowsAsync<InvalidOperationException>(load.CommitAsync);
        released.SetResult(WireFate.CutBefore);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM item"));
    }

    [SkippableFact]
    public async Task CopyAsync_CancelledAndTheConfirmationFails_IsACancellation()
    {
        await using TestDatabase database = await DatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString, "loader");
        await using var dataSource = NpgsqlDataSource.Create(proxy.ConnectionString);
        using var stop = new CancellationTokenSource();

        // The first look at the counter is before the COPY. A prepared statement would not send its text again.
        Preparation.Of(dataSource).TurnOff();
        proxy.When("pg_stat_get_xact_tuples_inserted", async () =>
        {
            await stop.CancelAsync();
            await database.TerminateSessionsAsync("application_name LIKE 'loader%'");
            return WireFate.Forward;
        }, occurrence: 2);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(dataSource);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 100)), stop.Token));

        Assert.Equal(1, proxy.Hits);
        await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
    }

    [Fact]
    public void CancelledCopy_AtTheLatest_IsLeftBehindBeforeTheGraphGivesItsStageUp()
    {
        var options = new CopySinkOptions();

        Assert.True(
            options.CancelGrace + LoadTransaction.CancelLimit + (2 * options.BreakAfter) < new StageGraphOptions().DrainLimit
                - TimeSpan.FromSeconds(5));
    }

    private static async Task<TestDatabase> DatabaseAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(TestRows.CreateTable);
        return database;
    }
}
