using Npgsql;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tests.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load.Writers;

public sealed class CopySinkTests
{
    private readonly PagePool pool = new();

    [SkippableFact]
    public async Task CopyAsync_SeveralBatches_AreStoredCountedAndVisibleAfterCommitOnly()
    {
        await using TestDatabase database = await DatabaseAsync();
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource))
        {
            var sink = new CopySink(load);
            await sink.CopyAsync(TestRows.Batch(pool, (1, 1000), (1001, 500)));
            await sink.CopyAsync(TestRows.Batch(pool, (1501, 10)));
            await sink.CompleteAsync();

            Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM item"));
            Assert.Equal(CommitOutcome.Answered, await load.CommitAsync());

            CopyCounters counters = Assert.Single(sink.Counters);
            Assert.Equal((1510L, 2), (counters.Rows, counters.Batches));
            Assert.True(counters.Bytes > 1510 * 24);
            Assert.True(counters.Busy > TimeSpan.Zero);
        }

        Assert.Equal(1510, await database.QueryAsync<long>("SELECT count(*) FROM item"));
        Assert.Equal((3L, 0L), (pool.Rents, pool.Outstanding));
    }

    [SkippableFact]
    public async Task Send_PageGivenBackTooEarly_StoresNothingAndIsNoFailureOfTheDatabase()
    {
        await using TestDatabase database = await DatabaseAsync();
        RowPage missing = TestRows.Page(pool, 101, 100);
        var batch = RowBatch.Create([TestRows.Page(pool, 1, 100), missing, TestRows.Page(pool, 201, 100)]);
        missing.Dispose();
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource))
        {
            var sink = new CopySink(load);
            ObjectDisposedException error = await Assert.ThrowsAsync<ObjectDisposedException>(() => sink.CopyAsync(batch));

            DatabaseException refused = await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
            Assert.Contains("failed before", refused.Message, StringComparison.Ordinal);
            Assert.Same(error, refused.InnerException);
            await Assert.ThrowsAsync<DatabaseException>(() => sink.CopyAsync(TestRows.Batch(pool, (1, 1))));
        }

        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM item"));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task Send_FewerRowsThanTheBatchSays_IsRefusedByTheRowCount()
    {
        await using TestDatabase database = await DatabaseAsync();
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);
        RowPage page = TestRows.Page(pool, 1, 9);
        var batch = new RowBatch(TestRows.Table, [page], rows: 10, page.ByteCount, number: 4, firstRow: 31);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => new CopySink(load).CopyAsync(batch));

        Assert.Contains(
            "stored 9 rows of batch 4 of table item (rows 31 to 40), but 10 were sent", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
        await load.DisposeAsync();
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM item"));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CopyAsync_TriggerThatDropsARow_IsRefusedByTheRowCount()
    {
        await using TestDatabase database = await DatabaseAsync();
        await database.ExecuteAsync(
            """
            CREATE FUNCTION drop_seven() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 7 THEN RETURN NULL; END IF; RETURN NEW;
              END $$;
            CREATE TRIGGER drop_seven BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION drop_seven();
            """);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);

        DatabaseException error =
            await Assert.ThrowsAsync<DatabaseException>(() => new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 10))));

        Assert.Contains("stored 9 rows", error.Message, StringComparison.Ordinal);
        Assert.Contains("trigger", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task CopyAsync_BadValueInTheSecondPage_NamesRowBatchAndLocation()
    {
        await using TestDatabase database = await DatabaseAsync();
        using var writer = new RowPageWriter(TestRows.Table, pool);
        for (long id = 101; id <= 110; id++)
        {
            writer.BeginRow();
            writer.WriteInt64(id);
            writer.WriteText(id == 107 ? [0xC3, 0x28] : "fine"u8);
            writer.EndRow();
        }

        RowPage[] pages = [TestRows.Page(pool, 1, 100, location: "first"), writer.Take("second")!];
        var batch = new RowBatch(TestRows.Table, pages, rows: 110, pages.Sum(page => page.ByteCount), number: 3, firstRow: 1001);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => new CopySink(load).CopyAsync(batch));

        Assert.Equal(("22021", 3, 1001L, 1110L, 1107L), (error.SqlState, error.BatchNumber, error.FirstRow, error.LastRow, error.Row));
        Assert.Equal(TestRows.Table, error.Table);
        Assert.Contains("batch 3 of table item (rows 1,001 to 1,110)", error.Message, StringComparison.Ordinal);
        Assert.Contains("at row 1,107 (from second): 22021 character_not_in_repertoire", error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing of this transaction was stored.", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CopyAsync_KeyThatIsThere_IsAUniqueViolationWithConstraintAndAdvice()
    {
        await using TestDatabase database = await DatabaseAsync();
        await database.ExecuteAsync("INSERT INTO item VALUES (42, 'there')");
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);

        DatabaseException error =
            await Assert.ThrowsAsync<DatabaseException>(() => new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 100))));

        Assert.Equal(("23505", 42L), (error.SqlState, error.Row));
        Assert.Contains("23505 unique_violation, constraint item_pkey", error.Message, StringComparison.Ordinal);
        Assert.Contains("load into empty tables", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("redacted", error.Message, StringComparison.Ordinal);
        await load.DisposeAsync();
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM item"));
    }

    [SkippableFact]
    public async Task CopyAsync_NoSuchTableOrPrivilege_SaysSo()
    {
        await using TestDatabase database = await DatabaseAsync();
        TestRole role = await database.CreateRoleAsync();
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(role.DataSource))
        {
            DatabaseException error =
                await Assert.ThrowsAsync<DatabaseException>(() => new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 1))));
            Assert.Equal("42501", error.SqlState);
            Assert.Contains("Grant the missing privilege", error.Message, StringComparison.Ordinal);
        }

        await database.ExecuteAsync("DROP TABLE item");
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(role.DataSource))
        {
            DatabaseException error =
                await Assert.ThrowsAsync<DatabaseException>(() => new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 1))));
            Assert.Equal("42P01", error.SqlState);
        }

        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CopyAsync_RoleWithInsertOnly_Suffices()
    {
        await using TestDatabase database = await DatabaseAsync();
        TestRole role = await database.CreateRoleAsync("GRANT INSERT ON item TO {role}");
        await using LoadTransaction load = await LoadTransaction.OpenAsync(role.DataSource);

        await new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 5)));
        await load.CommitAsync();

        Assert.Equal(5, await database.QueryAsync<long>("SELECT count(*) FROM item"));
    }

    [SkippableFact]
    public async Task CopyAsync_SessionTerminatedMidCopy_FailsAndStoresNothing()
    {
        await using TestDatabase database = await DatabaseAsync();
        // A row that blocks the COPY from the first page on: another session holds the same key uncommitted.
        await using NpgsqlConnection blocker = await BlockKeyAsync(database, 5);
        await using (LoadTransaction load =
            await LoadTransaction.OpenAsync(database.DataSource, new LoadTransactionOptions { LockTimeout = TimeSpan.Zero }))
        {
            Task copy = new CopySink(load).CopyAsync(LargeBatch());
            await database.WaitForLockWaitAsync(copy);
            Assert.Equal(1, await database.TerminateSessionsAsync($"pid = {load.BackendProcessId}"));

            DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => copy);
            Assert.Contains("batch 1 of table item", error.Message, StringComparison.Ordinal);
            Assert.Contains("Nothing of this transaction was stored.", error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
        }

        await blocker.DisposeAsync();
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM item"));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CopyAsync_SessionTerminatedBetweenBatches_FailsAndStoresNothing()
    {
        await using TestDatabase database = await DatabaseAsync();
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource))
        {
            var sink = new CopySink(load);
            await sink.CopyAsync(TestRows.Batch(pool, (1, 10)));
            Assert.Equal(1, await database.TerminateSessionsAsync($"pid = {load.BackendProcessId}"));
            await using (var other = new NpgsqlCommand("SELECT 1", load.Connection))
                await Assert.ThrowsAnyAsync<NpgsqlException>(() => other.ExecuteScalarAsync());

            // The connection is broken by now, which Npgsql reports as misuse.
            DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => sink.CopyAsync(TestRows.Batch(pool, (11, 10))));
            Assert.Contains("rows 1 to 10", error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
        }

        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM item"));
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CopyAsync_TokenCancelledBeforehand_SendsNothing()
    {
        await using TestDatabase database = await DatabaseAsync();
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 10)), new CancellationToken(canceled: true)));

        await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CopyAsync_CancelledBetweenPages_StoresNothingAndConnectionStaysUsable()
    {
        await using TestDatabase database = await DatabaseAsync();
        using var stop = new CancellationTokenSource();
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);
        // The list cancels when the second page is fetched, that is, after the first was written.
        var batch = new RowBatch(
            TestRows.Table, new CancellingPages(stop, [TestRows.Page(pool, 1, 100), TestRows.Page(pool, 101, 100)]), rows: 200, bytes: 0,
            number: 1, firstRow: 1);

        OperationCanceledException error =
            await Assert.ThrowsAsync<OperationCanceledException>(() => new CopySink(load).CopyAsync(batch, stop.Token));

        Assert.Equal(stop.Token, error.CancellationToken);
        await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
        await load.RollbackAsync();
        await using (var command = new NpgsqlCommand("SELECT count(*) FROM public.item", load.Connection))
            Assert.Equal(0L, await command.ExecuteScalarAsync());
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CopyAsync_CancelledWhileTheServerIsStuck_EndsByCancellingTheBackend()
    {
        await using TestDatabase database = await DatabaseAsync();
        await using NpgsqlConnection blocker = await BlockKeyAsync(database, 5);
        using var stop = new CancellationTokenSource();
        await using LoadTransaction load =
            await LoadTransaction.OpenAsync(database.DataSource, new LoadTransactionOptions { LockTimeout = TimeSpan.Zero });
        var sink = new CopySink(load, new CopySinkOptions { CancelGrace = TimeSpan.Zero });

        Task copy = sink.CopyAsync(LargeBatch(), stop.Token);
        await database.WaitForLockWaitAsync(copy);
        await stop.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => copy);
        await load.RollbackAsync();
        await using (var command = new NpgsqlCommand("SELECT 1", load.Connection))
            Assert.Equal(1, await command.ExecuteScalarAsync());
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CopyAsync_NoProgressWithinTheStallLimit_FailsWithTheLimit()
    {
        await using TestDatabase database = await DatabaseAsync();
        await using NpgsqlConnection blocker = await BlockKeyAsync(database, 5);
        await using LoadTransaction load =
            await LoadTransaction.OpenAsync(database.DataSource, new LoadTransactionOptions { LockTimeout = TimeSpan.Zero });

        // Once for a write that the server does not take, once for the answer at the end.
        foreach (RowBatch batch in new[] { LargeBatch(), TestRows.Batch(pool, (1, 10)) })
        {
            await using LoadTransaction stuck =
                await LoadTransaction.OpenAsync(database.DataSource, new LoadTransactionOptions { LockTimeout = TimeSpan.Zero });
            var sink = new CopySink(stuck, new CopySinkOptions { StallLimit = TimeSpan.FromMilliseconds(200) });
            DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => sink.CopyAsync(batch));
            Assert.Contains("made no progress for 0.2 s", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task CopyAsync_TableLockedElsewhere_FailsAfterTheLockTimeout()
    {
        await using TestDatabase database = await DatabaseAsync();
        await using NpgsqlConnection blocker = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction held = await blocker.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("LOCK TABLE item IN SHARE MODE", blocker))
            await command.ExecuteNonQueryAsync();
        await using LoadTransaction load = await LoadTransaction.OpenAsync(
            database.DataSource, new LoadTransactionOptions { LockTimeout = TimeSpan.FromMilliseconds(50) });

        DatabaseException error =
            await Assert.ThrowsAsync<DatabaseException>(() => new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 1))));

        Assert.Equal("55P03", error.SqlState);
        Assert.Contains("pg_locks", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task CopyAsync_TrackCountsOff_ConfirmsAtTheEndByScanning()
    {
        await using TestDatabase database = await DatabaseAsync();
        TestRole role =
            await database.CreateRoleAsync("GRANT INSERT, SELECT ON item TO {role}", "ALTER ROLE {role} SET track_counts = off");
        await database.ExecuteAsync("INSERT INTO item VALUES (1000, 'before')");
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(role.DataSource))
        {
            Assert.False(load.CountsRows);
            var sink = new CopySink(load);
            await sink.CopyAsync(TestRows.Batch(pool, (1, 10)));
            await sink.CopyAsync(TestRows.Batch(pool, (11, 10)));
            Assert.Contains(
                "CompleteAsync", (await Assert.ThrowsAsync<InvalidOperationException>(load.CommitAsync)).Message, StringComparison.Ordinal);
            await sink.CompleteAsync();
            await load.CommitAsync();
        }

        await using (LoadTransaction load = await LoadTransaction.OpenAsync(role.DataSource))
        {
            var sink = new CopySink(load);
            RowPage page = TestRows.Page(pool, 21, 9);
            await sink.CopyAsync(new RowBatch(TestRows.Table, [page], rows: 10, page.ByteCount, number: 1, firstRow: 1));
            DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => sink.CompleteAsync());
            Assert.Contains("stored 9 rows in table item, but 10 were sent", error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
        }

        Assert.Equal(21, await database.QueryAsync<long>("SELECT count(*) FROM item"));
    }

    [SkippableFact]
    public async Task OpenAsync_TrackCountsOffAndSuperuser_SwitchesItOnForTheTransaction()
    {
        await using TestDatabase database = await DatabaseAsync();
        await database.ExecuteAsync($"ALTER DATABASE {database.Name} SET track_counts = off");
        await using var fresh =
            NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(fresh);

        Assert.True(load.CountsRows);
        await new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 10)));
        await load.CommitAsync();

        Assert.Equal(10, await database.QueryAsync<long>("SELECT count(*) FROM item"));
    }

    [SkippableFact]
    public async Task CopyAsync_PartitionedTable_CountsTheRowsOfItsPartitions()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            """
            CREATE TABLE item (id bigint, name text) PARTITION BY RANGE (id);
            CREATE TABLE item_low PARTITION OF item FOR VALUES FROM (0) TO (50);
            CREATE TABLE item_high PARTITION OF item FOR VALUES FROM (50) TO (1000);
            """);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);

        await new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 100)));
        await load.CommitAsync();

        Assert.Equal(["49|51"], await database.RowsAsync("SELECT (SELECT count(*) FROM item_low), (SELECT count(*) FROM item_high)"));
    }

    [SkippableFact]
    public async Task CopyAsync_TruncatedAndFrozen_IsStoredFrozen()
    {
        await using TestDatabase database = await DatabaseAsync();
        await database.ExecuteAsync("INSERT INTO item VALUES (1, 'old')");
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);
        await using (var truncate = new NpgsqlCommand("TRUNCATE public.item", load.Connection))
            await truncate.ExecuteNonQueryAsync();

        await new CopySink(load, new CopySinkOptions { Freeze = true }).CopyAsync(TestRows.Batch(pool, (1, 100)));
        await load.CommitAsync();

        Assert.Equal(100, await database.QueryAsync<long>("SELECT count(*) FROM item"));
    }

    private RowBatch LargeBatch() =>
        RowBatch.Create([.. Enumerable.Range(0, 16).Select(index => TestRows.Page(pool, 1 + (index * 10_000), 10_000, nameBytes: 100))]);

    private static async Task<TestDatabase> DatabaseAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(TestRows.CreateTable);
        return database;
    }

    private static async Task<NpgsqlConnection> BlockKeyAsync(TestDatabase database, long id)
    {
        NpgsqlConnection blocker = await database.DataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"BEGIN; INSERT INTO item VALUES ({id}, 'blocker')", blocker);
        await command.ExecuteNonQueryAsync();
        return blocker;
    }

    private sealed class CancellingPages(CancellationTokenSource stop, RowPage[] pages) : IReadOnlyList<RowPage>
    {
        public int Count => pages.Length;

        public RowPage this[int index] => pages[index];

        public IEnumerator<RowPage> GetEnumerator()
        {
            yield return pages[0];
            stop.Cancel();
            yield return pages[1];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
