using System.Threading.Tasks.Dataflow;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tests.ForeignKeys;
using StellarPipeline.Postgres.Tests.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>
/// Producers of a load are counted: only the good end of each is the end of the load. Whatever happens, nobody waits for ever and every
/// page goes back.
/// </summary>
public sealed class BulkLoadProducerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly PagePool pool = new();

    [SkippableFact]
    public async Task CommitAsync_ThreeLinkedBlocksOfWhichOneEndsAtOnce_CommitsTheRowsOfAll()
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        TransformBlock<long, RowPage>[] blocks = [.. Enumerable.Range(0, 3).Select(_ => Block())];
        foreach (TransformBlock<long, RowPage> block in blocks) stage.LinkFrom(block);
        Assert.True(await blocks[0].SendAsync(1));
        blocks[0].Complete();
        await blocks[0].Completion.WaitAsync(Bound);
        Task<LoadResult> commit = stage.CommitAsync();
        foreach (int late in new[] { 1, 2 })
        {
            Assert.True(await blocks[late].SendAsync((late * 10) + 1));
            blocks[late].Complete();
        }

        await commit.WaitAsync(Bound);
        Assert.Equal(30, await CountAsync(database));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableTheory]
    [InlineData("cancelled before its first page")]
    [InlineData("cancelled after its first page")]
    [InlineData("faulted")]
    [InlineData("the block before it cancelled")]
    public async Task CommitAsync_OneOfTwoLinkedBlocksDoesNotEndWell_FailsAndCommitsNothing(string how)
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        using var cancellation = new CancellationTokenSource();
        TransformBlock<long, RowPage> good = Block();
        var before =
            new TransformBlock<long, long>(
                id => id,
                new ExecutionDataflowBlockOptions
                {
                    CancellationToken = how.Contains("before it", StringComparison.Ordinal) ? cancellation.Token : default,
                });
        var bad = new TransformBlock<long, RowPage>(
            id => id > 0 ? TestRows.Page(pool, id, 10) : throw new FormatException("damaged"),
            new ExecutionDataflowBlockOptions
            {
                CancellationToken = how.StartsWith("cancelled", StringComparison.Ordinal) ? cancellation.Token : default,
            });
        before.LinkTo(bad, new DataflowLinkOptions { PropagateCompletion = true });
        stage.LinkFrom(good);
        stage.LinkFrom(bad, before);
        Assert.True(await good.SendAsync(1));
        good.Complete();
        if (how != "cancelled before its first page")
        {
            Assert.True(await before.SendAsync(11));
            await WaitUntilAsync(() => pool.Rents == 2);
        }

        if (how == "faulted") Assert.True(await bad.SendAsync(-1));
        else await cancellation.CancelAsync();
        before.Complete();

        Task<LoadResult> commit = stage.CommitAsync();
        if (how == "faulted")
        {
            await Assert.ThrowsAsync<FormatException>(() => commit.WaitAsync(Bound));
        }
        else
        {
            DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => commit.WaitAsync(Bound));
            Assert.Contains(
                "TransformBlock was cancelled before it completed", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, await CountAsync(database));
    }

    [SkippableFact]
    public async Task CommitAsync_ProducerDisposedWithoutComplete_FailsAndCommitsNothing()
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        using (LoadProducer complete = stage.AddProducer("the first"))
        {
            Assert.True(await complete.SendAsync(TestRows.Page(pool, 1, 10)));
            complete.Complete();
        }

        using (LoadProducer left = stage.AddProducer("the second")) Assert.True(await left.SendAsync(TestRows.Page(pool, 11, 10)));

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => stage.CommitAsync().WaitAsync(Bound));
        Assert.Contains("the second was disposed before it completed", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync(database));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AddEncoder_FunctionThrows_FailsTheLoadWhateverItThrows(bool isCancellation)
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        ITargetBlock<long> encode = stage.AddEncoder<long>(Pages);
        for (int item = 0; item < 20; item++) await encode.SendAsync(item);
        encode.Complete();
        if (isCancellation)
        {
            Assert.IsType<TaskCanceledException>(
                (await Assert.ThrowsAsync<DatabaseException>(() => stage.CommitAsync().WaitAsync(Bound))).InnerException);
        }
        else
        {
            await Assert.ThrowsAsync<FormatException>(() => stage.CommitAsync().WaitAsync(Bound));
        }

        Assert.Equal(0, await CountAsync(database));
        Assert.Equal(0, pool.Outstanding);

        // The second page of the fifth item: its first one is made already.
        IEnumerable<RowPage> Pages(long item)
        {
            yield return TestRows.Page(pool, (item * 20) + 1, 10);
            if (item == 5) throw isCancellation ? new TaskCanceledException("an HTTP time-out") : new FormatException("damaged");
            yield return TestRows.Page(pool, (item * 20) + 11, 10);
        }
    }

    [SkippableFact]
    public async Task AddEncoder_WithACancellationToken_IsRefused()
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<ArgumentException>(
            () => stage.AddEncoder<long>(_ => [], new ExecutionDataflowBlockOptions { CancellationToken = cancellation.Token }));
    }

    [SkippableFact]
    public async Task CommitAsync_WithoutAProducer_IsRefused()
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        await Assert.ThrowsAsync<InvalidOperationException>(() => stage.CommitAsync().WaitAsync(Bound));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_NothingIsBeingSent_AQuarterOfABatchIsSentEarly(bool sendsEarly)
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await BulkLoad.OpenAsync(
            database.DataSource, new LoadRequest { Tables = [TestRows.Table] },
            new LoadOptions { Accumulator = new RowAccumulatorOptions { SendsEarly = sendsEarly } });
        using LoadProducer producer = stage.AddProducer();

        const int Quarter = 62_500;
        await producer.SendAsync(TestRows.Page(pool, 1, Quarter));
        if (sendsEarly) await WaitUntilAsync(() => stage.Counters.Sum(counters => counters.Rows) == Quarter);

        await producer.SendAsync(TestRows.Page(pool, Quarter + 1, 10));
        producer.Complete();
        LoadResult result = await stage.CommitAsync().WaitAsync(Bound);

        Assert.Equal(sendsEarly ? 2 : 1, result.Tables.Sum(counters => counters.Batches));
        Assert.Equal(Quarter + 10, await CountAsync(database));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task AddProducer_WhileTheLoadIsBeingCommitted_IsRefused()
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        using LoadProducer producer = stage.AddProducer();
        Task<LoadResult> commit = stage.CommitAsync();
        Assert.Throws<InvalidOperationException>(() => stage.AddProducer("a late one"));
        producer.Complete();
        await commit.WaitAsync(Bound);
    }

    [SkippableFact]
    public async Task SendAsync_AfterComplete_FailsTheLoadAndGivesThePageBack()
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        using LoadProducer first = stage.AddProducer("the first");
        using LoadProducer second = stage.AddProducer();
        first.Complete();
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.SendAsync(TestRows.Page(pool, 1, 10)).AsTask());
        second.Complete();
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => stage.CommitAsync().WaitAsync(Bound));
        Assert.Contains("the first sent a page after", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task SendAsync_PageOfATableThatTheLoadWasNotOpenedFor_FailsTheLoad()
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        using LoadProducer producer = stage.AddProducer();
        using (var writer = new RowPageWriter(new CopyTable("other", "id"), pool))
        {
            writer.BeginRow();
            writer.WriteInt64(1);
            writer.EndRow();
            await producer.SendAsync(writer.Take()!);
        }

        producer.Complete();
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => stage.CommitAsync().WaitAsync(Bound));
        Assert.Contains("other", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableTheory]
    [InlineData("commits")]
    [InlineData("batch refused")]
    [InlineData("row without a parent")]
    [InlineData("called off by the caller")]
    [InlineData("cancelled by the token of OpenAsync")]
    [InlineData("cancelled by the token of CommitAsync")]
    [InlineData("disposed of")]
    [InlineData("a producer goes away")]
    [InlineData("the session is ended")]
    public async Task Load_AnyOutcomeWhileProducersSend_EverySendEndsAndEveryPageGoesBack(string outcome)
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync("CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (id bigint REFERENCES parent)");
        if (outcome == "batch refused") await database.ExecuteAsync("ALTER TABLE item ADD CHECK (id < 1000)");
        var child = new CopyTable("child", "id");
        using var openStop = new CancellationTokenSource();
        using var commitStop = new CancellationTokenSource();
        var options = new LoadOptions { Accumulator = new RowAccumulatorOptions { RowsPerBatch = 50 } };
        BulkLoad stage = await BulkLoad.OpenAsync(database.DataSource,
            new LoadRequest { Tables = [TestRows.Table, new CopyTable("parent", "id"), child] }, options, openStop.Token);
        var encode =
            new TransformBlock<long, RowPage>(id => TestRows.Page(pool, id, 10), new ExecutionDataflowBlockOptions { BoundedCapacity = 3 });
        stage.LinkFrom(encode);
        LoadProducer producer = stage.AddProducer();
        Task linked = FeedAsync(async id => await encode.SendAsync(id), encode.Complete, outcome, 1, stage.Token);
        Task handle = FeedAsync(
            async id => await producer.SendAsync(TestRows.Page(pool, id, 10)), producer.Complete, outcome, 1_000_001, stage.Token);
        if (outcome == "row without a parent")
        {
            using var orphan = new RowPageWriter(child, pool);
            orphan.BeginRow();
            orphan.WriteInt64(1);
            orphan.EndRow();
            using LoadProducer third = stage.AddProducer();
            Assert.True(await third.SendAsync(orphan.Take()!));
            third.Complete();
        }

        Task<LoadResult>? commit = outcome == "disposed of" ? null : stage.CommitAsync(commitStop.Token);
        if (outcome is not ("commits" or "row without a parent"))
            await WaitUntilAsync(() => pool.Rents > 40 || stage.Token.IsCancellationRequested);
        if (outcome == "called off by the caller") stage.Fail(new FormatException("enough"));
        if (outcome.EndsWith("of OpenAsync", StringComparison.Ordinal)) await openStop.CancelAsync();
        if (outcome.EndsWith("of CommitAsync", StringComparison.Ordinal)) await commitStop.CancelAsync();
        if (outcome == "a producer goes away") producer.Dispose();
        if (outcome == "the session is ended")
        {
            await database.ExecuteAsync(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }

        if (outcome == "disposed of") await stage.DisposeAsync().AsTask().WaitAsync(Bound);

        await Task.WhenAll(linked, handle).WaitAsync(Bound);
        if (outcome == "commits") await commit!.WaitAsync(Bound);
        else if (commit is not null) await Assert.ThrowsAnyAsync<Exception>(() => commit.WaitAsync(Bound));
        await encode.Completion.WaitAsync(Bound);
        await stage.DisposeAsync().AsTask().WaitAsync(Bound);

        await WaitUntilAsync(() => pool.Outstanding == 0);
        Assert.Equal(outcome == "commits" ? 2 * 40 * 10 : 0, await CountAsync(database));
        await database.WaitForNoSessionsAsync("state LIKE 'idle in transaction%'");
    }

    [SkippableFact]
    public async Task Load_BatchRefusedWhileNobodyCommits_RollsBackAtOnce()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync("ALTER TABLE item ADD CHECK (id < 5)");
        await using BulkLoad stage = await OpenAsync(database);
        using LoadProducer producer = stage.AddProducer();
        Assert.True(await producer.SendAsync(TestRows.Page(pool, 1, 100)));
        await WaitUntilAsync(() => stage.Token.IsCancellationRequested);

        await database.WaitForNoSessionsAsync("state LIKE 'idle in transaction%'");
        Assert.False(await producer.SendAsync(TestRows.Page(pool, 101, 10)));
        producer.Complete();
        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => stage.CommitAsync().WaitAsync(Bound));
        Assert.Equal("23514", error.SqlState);
    }

    [SkippableFact]
    public async Task RunAsync_GraphEndsInALoadWhoseTriggerWaits_IsNoStall()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(4242); RETURN NULL; "
                + "END'; CREATE TRIGGER wait AFTER INSERT ON item EXECUTE FUNCTION wait()");
        await using NpgsqlConnection holder = await database.DataSource.OpenConnectionAsync();
        await holder.ExecuteAsync("SELECT pg_advisory_lock(4242)");
        await using BulkLoad stage = await BulkLoad.OpenAsync(
            database.DataSource,
            new LoadRequest { Tables = [TestRows.Table], ForeignKeys = new() { Choice = ForeignKeyChoice.Ordered } },
            new LoadOptions
            {
                InputPages = 1,
                Accumulator = new RowAccumulatorOptions { RowsPerBatch = 100 },
                Transaction = new LoadTransactionOptions { LockTimeout = TimeSpan.Zero },
            });
        var time = new ManualTime();
        var limit = TimeSpan.FromMinutes(2);
        using var graph = new StageGraph(new StageGraphOptions { StallLimit = limit }, time: time);
        StageOutput<RowPage> source = graph.AddSource<RowPage>("source", async (output, _) =>
        {
            for (int page = 0; page < 20; page++) await output.SendAsync(TestRows.Page(pool, (page * 50) + 1, 50));
        });
        graph.Link(source, stage);
        Task run = graph.RunAsync(default);
        await database.WaitForLockWaitAsync(run);

        await time.AdvanceAsync(10 * limit, limit / 8, run);

        Assert.False(run.IsCompleted);
        await holder.ExecuteAsync("SELECT pg_advisory_unlock(4242)");
        await run.WaitAsync(Bound);
        await stage.CommitAsync().WaitAsync(Bound);
        Assert.Equal(1_000, await CountAsync(database));
    }

    [SkippableFact]
    public async Task RunAsync_LoadFailsAtTheEndOfAnEndlessGraph_EndsWithTheErrorOfTheLoad()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync("ALTER TABLE item ADD CHECK (id < 5000)");
        await using BulkLoad stage = await OpenAsync(database);
        using var graph = new StageGraph();
        StageOutput<RowPage> source = graph.AddSource<RowPage>("source", async (output, _) =>
        {
            for (int page = 0; ; page++) await output.SendAsync(TestRows.Page(pool, (page * 50) + 1, 50));
        });
        (StageInput<RowPage> Input, StageOutput<RowPage> Output) pass =
            graph.AddTransform<RowPage, RowPage>("pass", 4, 2, (page, _, _) => ValueTask.FromResult(page));
        graph.Link(source, pass.Input);
        graph.Link(pass.Output, stage);
        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => graph.RunAsync(default).WaitAsync(Bound));
        Assert.Equal("23514", error.SqlState);
        Assert.Same(error, await Assert.ThrowsAsync<DatabaseException>(() => stage.CommitAsync().WaitAsync(Bound)));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task RunAsync_GraphFailsBeforeItsEnd_FailsTheLoadWithTheSameError()
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        using var graph = new StageGraph();
        StageOutput<long> source = graph.AddSource<long>("source", async (output, _) =>
        {
            for (int page = 0; ; page++) await output.SendAsync((page * 50) + 1);
        });
        (StageInput<long> Input, StageOutput<RowPage> Output) encode = graph.AddTransform<long, RowPage>("encode", 4, 2,
            (id, _, _) => id > 1000 ? throw new FormatException("damaged") : ValueTask.FromResult(TestRows.Page(pool, id, 50)));
        graph.Link(source, encode.Input);
        graph.Link(encode.Output, stage);
        StageException error = await Assert.ThrowsAsync<StageException>(() => graph.RunAsync(default).WaitAsync(Bound));
        Assert.Same(error, await Assert.ThrowsAsync<StageException>(() => stage.CommitAsync().WaitAsync(Bound)));
        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(0, await CountAsync(database));
    }

    [SkippableFact]
    public async Task CommitAsync_GraphThatNeverRan_FailsInsteadOfWaiting()
    {
        await using TestDatabase database = await CreateAsync();
        await using BulkLoad stage = await OpenAsync(database);
        using (var graph = new StageGraph()) graph.Link(graph.AddSource<RowPage>("source", (_, _) => Task.CompletedTask), stage);
        await Assert.ThrowsAsync<DatabaseException>(() => stage.CommitAsync().WaitAsync(Bound));
    }

    [SkippableTheory]
    [InlineData(RowWriterKind.Copy)]
    [InlineData(RowWriterKind.InsertOrIgnore)]
    [InlineData(RowWriterKind.Upsert)]
    [InlineData(RowWriterKind.Null)]
    public async Task CommitAsync_BudgetBelowTheLimitsOfOpenBatches_SendsThemBeforeTheProducerWaitsForEver(RowWriterKind writer)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CopyTable[] tables = [.. Enumerable.Range(0, 3).Select(number => new CopyTable($"t{number}", "id"))];
        await database.ExecuteAsync(string.Join(';', tables.Select(table => $"CREATE TABLE {table.Name} (id int PRIMARY KEY)")));
        var budget = new ByteBudget(64 << 10);
        var request = new LoadRequest { Tables = tables, Writers = tables.ToDictionary(table => table, _ => writer) };
        await using BulkLoad stage = await BulkLoad.OpenAsync(database.DataSource, request, new LoadOptions { Budget = budget });

        Task<LoadResult> commit;
        using (LoadProducer producer = stage.AddProducer())
        {
            commit = stage.CommitAsync();
            using var patience = new CancellationTokenSource(Bound);
            for (int number = 0; number < 120; number++)
            {
                RowPage page = StageLoad.Page(pool, tables[number % 3], [.. Enumerable.Range(number * 300, 300)]);
                await budget.AcquireAsync(page.ByteCount, patience.Token);
                await producer.SendAsync(page);
            }

            producer.Complete();
        }

        LoadResult result = await commit.WaitAsync(Bound);
        Assert.All(result.Tables, table => Assert.Equal(12_000, table.Rows));
        Assert.InRange(budget.PeakBytes, 1, budget.LimitBytes);
        Assert.Equal((0, 0), (budget.LentBytes, pool.Outstanding));
    }

    [SkippableFact]
    public async Task Counters_ReadFromAnotherThreadWhileTablesAreAdded_NeverThrow()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CopyTable[] tables = [.. Enumerable.Range(0, 60).Select(number => new CopyTable($"t{number}", "id"))];
        await database.ExecuteAsync(string.Join(';', tables.Select(table => $"CREATE TABLE {table.Name} (id bigint)")));
        await using BulkLoad stage = await BulkLoad.OpenAsync(database.DataSource, new LoadRequest { Tables = tables },
            new LoadOptions { Accumulator = new RowAccumulatorOptions { RowsPerBatch = 1 } });
        using var polled = new CancellationTokenSource();
        Task<long> poll = Task.Run(() =>
        {
            long seen = 0;
            while (!polled.IsCancellationRequested)
            {
                foreach (CopyCounters counters in stage.Counters) seen += counters.Rows;
                Assert.True(pool.Outstanding >= 0);
            }

            return seen;
        });
        using LoadProducer producer = stage.AddProducer();
        for (int round = 0; round < 3; round++)
        {
            foreach (CopyTable table in tables)
            {
                using var writer = new RowPageWriter(table, pool);
                writer.BeginRow();
                writer.WriteInt64(round);
                writer.EndRow();
                Assert.True(await producer.SendAsync(writer.Take()!));
            }
        }

        producer.Complete();
        await stage.CommitAsync().WaitAsync(Bound);
        await polled.CancelAsync();
        Assert.True(await poll > 0);
        Assert.Equal(60, stage.Counters.Count);
    }

    private static async Task<TestDatabase> CreateAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(TestRows.CreateTable);
        return database;
    }

    private static Task<BulkLoad> OpenAsync(TestDatabase database) =>
        BulkLoad.OpenAsync(database.DataSource, new LoadRequest { Tables = [TestRows.Table] },
            new LoadOptions { Accumulator = new RowAccumulatorOptions { RowsPerBatch = 100 } });

    private static Task<long> CountAsync(TestDatabase database) => database.QueryAsync<long>("SELECT count(*) FROM item")!;

    private TransformBlock<long, RowPage> Block() =>
        new(id => TestRows.Page(pool, id, 10), new ExecutionDataflowBlockOptions { BoundedCapacity = 2 });

    /// <summary>Sends 40 pages; for an outcome that comes from outside, pages without end until the load's token is cancelled.</summary>
    private static async Task FeedAsync(Func<long, Task<bool>> send, Action complete, string outcome, long from, CancellationToken stop)
    {
        bool isEndless = outcome is not ("commits" or "row without a parent");
        for (long page = 0; (isEndless || page < 40) && !stop.IsCancellationRequested; page++) await send(from + (page * 10));
        complete();
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        for (int trial = 0; !condition(); trial++)
        {
            Assert.True(trial < 3_000, "The wait took too long.");
            await Task.Delay(20);
        }
    }
}
