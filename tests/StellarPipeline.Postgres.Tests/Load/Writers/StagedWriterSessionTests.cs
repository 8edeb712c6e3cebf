using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load.Writers;

/// <summary>
/// Sessions: several that share rows, one that is cancelled or lost, and what stays behind in one that goes back to a pool.
/// </summary>
public sealed class StagedWriterSessionTests
{
    private const string StagingTables = "SELECT count(*) FROM pg_class WHERE relname LIKE 'pipeline_stage%'";

    [SkippableTheory]
    [InlineData(RowWriterKind.Upsert, 0)]
    [InlineData(RowWriterKind.InsertOrIgnore, 0)]
    [InlineData(RowWriterKind.UpsertAndDelete, 0)]
    [InlineData(RowWriterKind.UpsertAndDelete, 1000)]
    public async Task WriteAsync_SessionsWithTheSameKeysInOppositeOrder_WaitAndDoNotDeadlock(RowWriterKind kind, int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        test.MaxArrayRows = arrayRowsMax;
        await test.Database.ExecuteAsync("INSERT INTO item SELECT i, 'old', 0 FROM generate_series(1, 500, 3) AS i");
        CopyTable table = kind == RowWriterKind.UpsertAndDelete ? WriterCase.Marked : WriterCase.Table;

        await Task.WhenAll(SessionAsync(1, isUp: true), SessionAsync(2, isUp: false), SessionAsync(3, isUp: true));

        Assert.Equal(0, test.Pool.Outstanding);

        async Task SessionAsync(int number, bool isUp)
        {
            var random = new Random(number);
            for (int round = 0; round < 25; round++)
            {
                IEnumerable<int> keys = Enumerable.Range(1, 500).Where(_ => random.Next(3) > 0);
                (long?, string?, int?)[] rows =
                    [.. (isUp ? keys : keys.Reverse()).Select(
                        key => ((long?)key, (string?)"s", table == WriterCase.Marked && random.Next(2) == 0 ? (int?)null : round))];
                await using LoadTransaction load = await LoadTransaction.OpenAsync(test.Database.DataSource);
                IBatchWriter writer = test.Writer(kind, load);
                await writer.WriteAsync(test.Batch(table, rows));
                await load.CommitAsync();
            }
        }
    }

    [SkippableFact]
    public async Task WriteAsync_KeyThatAnotherSessionHolds_WaitsAndCountsWhatItFinds()
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        await test.Database.ExecuteAsync("INSERT INTO item VALUES (1, 'old', 0), (2, 'old', 0)");
        await using NpgsqlConnection other = await test.Database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction held = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(
            "DELETE FROM item WHERE id = 1; UPDATE item SET amount = 9 WHERE id = 2; INSERT INTO item VALUES (3, 'other', 9)", other))
        {
            await command.ExecuteNonQueryAsync();
        }

        Task<CopyCounters> write = test.WriteAsync(
            RowWriterKind.UpsertAndDelete, null, test.Batch(WriterCase.Marked, [(1, "a", null), (2, "b", null), (3, "c", 1)]));
        await test.Database.WaitForLockWaitAsync(write);
        await held.CommitAsync();

        Assert.Equal((3L, 0L, 1L, 1L, 0L, 1L), WriterCase.Numbers(await write));
        Assert.Equal(["3|c|1"], await test.RowsAsync());
    }

    [SkippableFact]
    public async Task WriteAsync_CommittedOrRolledBack_LeavesNothingInTheSession()
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        test.MaxArrayRows = 0;
        string one =
            new NpgsqlConnectionStringBuilder(test.Database.ConnectionString) { MaxPoolSize = 1, NoResetOnClose = true }.ConnectionString;
        await using var source = NpgsqlDataSource.Create(one);
        int process = 0;
        foreach (bool commits in new[] { true, false, true })
        {
            await using (LoadTransaction load = await LoadTransaction.OpenAsync(source))
            {
                Assert.True(process == 0 || process == load.BackendProcessId);
                process = load.BackendProcessId;
                IBatchWriter writer = test.Writer(RowWriterKind.Upsert, load);
                await writer.WriteAsync(test.Batch(WriterCase.Table, [(1, "a", 1)]));
                if (commits) await load.CommitAsync();
            }

            await using NpgsqlCommand look = source.CreateCommand(StagingTables);
            Assert.Equal(0L, await look.ExecuteScalarAsync());
        }
    }

    [SkippableFact]
    public async Task WriteAsync_ThroughATransactionPooler_LeavesNothingAndLeftoversOfOthersDoNotMatter()
    {
        await using PgBouncer pooler = await PgBouncer.StartAsync();
        await using NpgsqlDataSource pooled = ConnectionSettings.Parse(pooler.Address).CreateDataSource();
        await using var direct = NpgsqlDataSource.Create(pooler.Direct);
        await using (NpgsqlCommand make =
            direct.CreateCommand("CREATE TABLE public.item (id bigint PRIMARY KEY, name text, amount integer)"))
        {
            await make.ExecuteNonQueryAsync();
        }

        var pool = new PagePool();
        for (int round = 0; round < 3; round++)
        {
            // A careless user of the same session, with tables of the very names.
            await using (NpgsqlCommand leave = pooled.CreateCommand(
                "CREATE TEMP TABLE IF NOT EXISTS item (x int); CREATE TEMP TABLE IF NOT EXISTS pipeline_stage_1 (x int)"))
            {
                await leave.ExecuteNonQueryAsync();
            }

            await using LoadTransaction load = await LoadTransaction.OpenAsync(pooled);
            IBatchWriter writer =
                BatchWriters.Create(RowWriterKind.Upsert, load, new BatchWriterOptions { MaxArrayRows = round == 1 ? 1_000 : 0 });
            using var rows = new RowPageWriter(WriterCase.Table, pool);
            rows.BeginRow();
            rows.WriteInt64(1);
            rows.WriteNull();
            rows.WriteInt32(round);
            rows.EndRow();
            await writer.WriteAsync(RowBatch.Create([rows.Take()!]));
            await load.CommitAsync();
        }

        Assert.Equal(2, await pooler.QueryAsync<int>("SELECT amount FROM public.item"));
        Assert.Equal(0, await pooler.QueryAsync<long>(
            "SELECT count(*) FROM pg_class WHERE relname LIKE 'pipeline_stage\\_%\\_%' AND relname <> 'pipeline_stage_1'"));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task WriteAsync_CancelledBetweenPages_IsACancellationAndGivesEveryPageBack(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        using var stop = new CancellationTokenSource();
        await using LoadTransaction load = await LoadTransaction.OpenAsync(test.Database.DataSource);
        IBatchWriter writer = BatchWriters.Create(RowWriterKind.Upsert, load,
            new BatchWriterOptions { MaxArrayRows = arrayRowsMax, Copy = new CopySinkOptions { PageSent = _ => stop.Cancel() } });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => writer.WriteAsync(test.Batch(WriterCase.Table, [(1, "a", 1)], [(2, "b", 2)], [(3, "c", 3)]), stop.Token));

        Assert.Equal(0, test.Pool.Outstanding);
        await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
    }

    [SkippableFact]
    public async Task WriteAsync_CancelledWhileTheStatementWaits_IsACancellation()
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        await using NpgsqlConnection other = await test.Database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction held = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("INSERT INTO item VALUES (1, 'other', 9)", other))
            await command.ExecuteNonQueryAsync();
        using var stop = new CancellationTokenSource();
        await using LoadTransaction load =
            await LoadTransaction.OpenAsync(test.Database.DataSource, new LoadTransactionOptions { LockTimeout = TimeSpan.Zero });

        Task write = BatchWriters.Create(RowWriterKind.Upsert, load).WriteAsync(test.Batch(WriterCase.Table, [(1, "a", 1)]), stop.Token);
        await test.Database.WaitForLockWaitAsync(write);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
        Assert.Equal(0, test.Pool.Outstanding);
    }

    [SkippableFact]
    public async Task WriteAsync_SessionTerminatedWhileTheStatementWaits_NamesTheBatch()
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        await using NpgsqlConnection other = await test.Database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction held = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("INSERT INTO item VALUES (1, 'other', 9)", other))
            await command.ExecuteNonQueryAsync();
        await using LoadTransaction load =
            await LoadTransaction.OpenAsync(test.Database.DataSource, new LoadTransactionOptions { LockTimeout = TimeSpan.Zero });

        Task write = BatchWriters.Create(RowWriterKind.Upsert, load).WriteAsync(test.Batch(WriterCase.Table, [(1, "a", 1)]));
        await test.Database.WaitForLockWaitAsync(write);
        Assert.Equal(1, await test.Database.TerminateSessionsAsync($"pid = {load.BackendProcessId}"));

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => write);
        Assert.Contains("batch 1 of table item (rows 1 to 1)", error.Message, StringComparison.Ordinal);
        Assert.True(TransientFailure.Is(error));
        Assert.Equal(0, test.Pool.Outstanding);
    }

    [SkippableTheory]
    [InlineData("CREATE TEMPORARY TABLE", WireFate.CutBefore, 0)]
    [InlineData("FROM STDIN", WireFate.CutBefore, 0)]
    [InlineData("staged AS", WireFate.CutBefore, 0)]
    [InlineData("staged AS", WireFate.CutAfter, 0)]
    [InlineData("staged AS", WireFate.CutBefore, 1000)]
    [InlineData("staged AS", WireFate.CutAfter, 1000)]
    public async Task WriteAsync_ConnectionLost_IsAFailureThatPassesAndStoresNothing(string moment, WireFate fate, int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        test.MaxArrayRows = arrayRowsMax;
        await using var proxy = new WireProxy(test.Database.ConnectionString);
        await using var source = NpgsqlDataSource.Create(proxy.ConnectionString);
        proxy.When(moment, fate);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(source);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => test.Writer(RowWriterKind.UpsertAndDelete, load).WriteAsync(
                test.Batch(WriterCase.Marked, [(1, "a", 1)], [(2, "b", null)])));

        Assert.Equal(1, proxy.Hits);
        Assert.True(TransientFailure.Is(error));
        Assert.Equal(0, test.Pool.Outstanding);
        await test.Database.WaitForNoSessionsAsync("application_name LIKE '%load%'");
        Assert.Empty(await test.RowsAsync());
    }

    [SkippableFact]
    public async Task WriteAsync_RoleWithoutTheRightToTemporaryTables_SaysSo()
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        test.MaxArrayRows = 0;
        await test.Database.ExecuteAsync($"REVOKE TEMPORARY ON DATABASE {test.Database.Name} FROM PUBLIC");
        TestRole role = await test.Database.CreateRoleAsync("GRANT INSERT, UPDATE, SELECT ON item TO {role}");
        await using LoadTransaction load = await LoadTransaction.OpenAsync(role.DataSource);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => test.Writer(RowWriterKind.Upsert, load).WriteAsync(test.Batch(WriterCase.Table, [(1, "a", 1)])));

        Assert.Equal("42501", error.SqlState);
        Assert.Contains("temporary tables", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, test.Pool.Outstanding);
    }
}
