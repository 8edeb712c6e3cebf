using Npgsql;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tests.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>A stage whose COPY waits for another session ends when it is cancelled, by either token, and when it is disposed.</summary>
public sealed class BulkLoadCancellationTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly PagePool pool = new();

    [SkippableTheory]
    [InlineData("the stage's token", 10)]
    [InlineData("the stage's token", 1_000)]
    [InlineData("the token of the commit", 10)]
    [InlineData("the token of the commit", 1_000)]
    [InlineData("disposal", 10)]
    public async Task CommitAsync_StoppedWhileTheCopyIsBlocked_Ends(string how, int batchRows)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(TestRows.CreateTable);
        await using NpgsqlConnection blocker = await database.DataSource.OpenConnectionAsync();
        await using (var insert = new NpgsqlCommand("BEGIN; INSERT INTO item VALUES (5, 'blocker')", blocker))
            await insert.ExecuteNonQueryAsync();
        using var stageStop = new CancellationTokenSource();
        using var commitStop = new CancellationTokenSource();
        var options = new LoadOptions
        {
            Transaction = new LoadTransactionOptions { LockTimeout = TimeSpan.Zero },
            Accumulator = new RowAccumulatorOptions { RowsPerBatch = batchRows },
            Sink = new CopySinkOptions { CancelGrace = TimeSpan.Zero },
        };
        BulkLoad stage =
            await BulkLoad.OpenAsync(database.DataSource, new LoadRequest { Tables = [TestRows.Table] }, options, stageStop.Token);
        using LoadProducer producer = stage.AddProducer();
        Assert.True(await producer.SendAsync(TestRows.Page(pool, 1, 10)));

        // A full batch is sent as it comes, an open one when the input has ended.
        producer.Complete();
        Task<LoadResult> commit = stage.CommitAsync(commitStop.Token);
        await database.WaitForLockWaitAsync(commit);

        if (how == "the stage's token") await stageStop.CancelAsync();
        if (how == "the token of the commit") await commitStop.CancelAsync();
        ValueTask disposal = how == "disposal" ? stage.DisposeAsync() : ValueTask.CompletedTask;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commit.WaitAsync(Bound));
        await disposal.AsTask().WaitAsync(Bound);
        await stage.DisposeAsync().AsTask().WaitAsync(Bound);
        Assert.Equal(0, pool.Outstanding);
        await using (var rollback = new NpgsqlCommand("ROLLBACK", blocker)) await rollback.ExecuteNonQueryAsync();
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM item"));
    }
}
