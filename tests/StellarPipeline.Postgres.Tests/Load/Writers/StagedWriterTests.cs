using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Tests.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Tests.Load.Writers;

/// <summary>What becomes of rows that meet others of the same key.</summary>
public sealed class StagedWriterTests
{
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_Upsert_LastRowOfAKeyWinsAcrossPagesAndBatches(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(maxArrayRows: arrayRowsMax);
        await test.Database.ExecuteAsync("INSERT INTO item VALUES (1, 'old', 1), (5, 'kept', 5)");

        CopyCounters counters = await test.WriteAsync(RowWriterKind.Upsert, null,
            test.Batch(WriterCase.Table, [(2, "a", 1), (1, "b", 2), (2, "c", 3)], [(3, "d", 4), (2, "e", 5)]),
            test.Batch(WriterCase.Table, [(3, null, 6), (4, "f", 7)]));

        Assert.Equal(["1|b|2", "2|e|5", "3|-|6", "4|f|7", "5|kept|5"], await test.RowsAsync());
        Assert.Equal((7L, 3L, 2L, 0L, 2L, 0L), WriterCase.Numbers(counters));
        Assert.Equal(2, counters.Batches);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_InsertOrIgnore_FirstRowOfAKeyWins(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(maxArrayRows: arrayRowsMax);
        await test.Database.ExecuteAsync("INSERT INTO item VALUES (1, 'old', 1)");

        CopyCounters counters = await test.WriteAsync(RowWriterKind.InsertOrIgnore, null,
            test.Batch(WriterCase.Table, [(2, "a", 1), (1, "b", 2), (2, "c", 3)], [(3, "d", 4), (3, "e", 5)]),
            test.Batch(WriterCase.Table, [(3, "f", 6), (4, "g", 7)]));

        Assert.Equal(["1|old|1", "2|a|1", "3|d|4", "4|g|7"], await test.RowsAsync());
        Assert.Equal((7L, 3L, 0L, 0L, 4L, 0L), WriterCase.Numbers(counters));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_UpsertAndDelete_LastEventOfAKeyWins(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(maxArrayRows: arrayRowsMax);
        await test.Database.ExecuteAsync("INSERT INTO item VALUES (1, 'old', 1), (2, 'old', 2), (3, 'old', 3)");

        CopyCounters counters = await test.WriteAsync(RowWriterKind.UpsertAndDelete, null,
            test.Batch(WriterCase.Marked, [(1, "new", 10), (1, null, null), (2, null, null), (2, "back", 20)],
                [(8, "new", 80), (8, null, null), (9, null, null), (4, "new", 40)]),
            test.Batch(WriterCase.Marked, [(4, null, null), (1, "again", 11)]));

        Assert.Equal(["1|again|11", "2|back|20", "3|old|3"], await test.RowsAsync());
        Assert.Equal((10L, 2L, 1L, 2L, 3L, 2L), WriterCase.Numbers(counters));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_ManyRowsOfAllSizesWithRepeatedKeys_KeepsTheOrderOfThePages(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(maxArrayRows: arrayRowsMax);
        var random = new Random(20261128);
        var pages = new (long? Id, string? Name, int? Amount)[20][];
        var last = new SortedDictionary<long, string>();
        var first = new SortedDictionary<long, string>();
        for (int page = 0; page < pages.Length; page++)
        {
            pages[page] = new (long? Id, string? Name, int? Amount)[500];
            for (int row = 0; row < 500; row++)
            {
                long id = random.Next(1, 3_000);
                int amount = (page * 500) + row;
                pages[page][row] = (id, new string('x', random.Next(0, 100) == 0 ? 6_000 : random.Next(0, 60)), amount);
                last[id] = $"{id}|{amount}";
                first.TryAdd(id, $"{id}|{amount}");
            }
        }

        CopyCounters counters = await test.WriteAsync(RowWriterKind.Upsert, null, test.Batch(WriterCase.Table, pages));
        Assert.Equal((10_000L, (long)last.Count, 0L, 0L, 10_000L - last.Count, 0L), WriterCase.Numbers(counters));
        Assert.Equal(last.Values, await test.RowsAsync("id, amount"));

        await test.Database.ExecuteAsync("TRUNCATE item");
        await test.WriteAsync(RowWriterKind.InsertOrIgnore, null, test.Batch(WriterCase.Table, pages));
        Assert.Equal(first.Values, await test.RowsAsync("id, amount"));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_ColumnsNeverUpdated_KeepTheirValueInRowsThatAreThere(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(maxArrayRows: arrayRowsMax);
        await test.Database.ExecuteAsync("INSERT INTO item VALUES (1, 'old', 1)");

        await test.WriteAsync(RowWriterKind.Upsert, WriterCase.Rules("name"), test.Batch(WriterCase.Table, [(1, "new", 2), (2, "new", 2)]));
        Assert.Equal(["1|old|2", "2|new|2"], await test.RowsAsync());

        CopyCounters counters = await test.WriteAsync(
            RowWriterKind.Upsert, WriterCase.Rules("name", "amount"), test.Batch(WriterCase.Table, [(1, "newer", 3), (3, "new", 3)]));
        Assert.Equal(["1|old|2", "2|new|2", "3|new|3"], await test.RowsAsync());
        Assert.Equal((2L, 1L, 0L, 0L, 1L, 0L), WriterCase.Numbers(counters));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_ChosenKey_DecidesAndOtherUniqueKeysRefuse(int arrayRowsMax)
    {
        await using WriterCase test =
            await WriterCase.CreateAsync("CREATE TABLE item (id bigint PRIMARY KEY, name text, amount integer NOT NULL "
                + "UNIQUE)", arrayRowsMax);
        await test.Database.ExecuteAsync("INSERT INTO item VALUES (1, 'old', 1)");

        await test.WriteAsync(RowWriterKind.Upsert, WriterCase.Key("amount"), test.Batch(WriterCase.Table, [(2, "new", 1)]));
        Assert.Equal(["2|new|1"], await test.RowsAsync());

        foreach (RowWriterKind kind in new[] { RowWriterKind.Upsert, RowWriterKind.InsertOrIgnore })
        {
            DatabaseException error = await test.RefuseAsync(kind, test.Batch(WriterCase.Table, [(7, "other", 70)], [(8, "other", 1)]));
            Assert.Equal("23505", error.SqlState);
            Assert.Contains("batch 1 of table item (rows 1 to 2)", error.Message, StringComparison.Ordinal);
            Assert.Contains("(from page 1 to page 2)", error.Message, StringComparison.Ordinal);
            Assert.Contains("constraint item_amount_key", error.Message, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("CREATE TABLE item (id bigint, name text, amount integer)", null, "no primary key")]
    [InlineData("CREATE TABLE item (id bigint PRIMARY KEY DEFERRABLE, name text, amount integer)", null, "no primary key")]
    [InlineData("CREATE TABLE item (id bigint PRIMARY KEY, name text, amount integer); CREATE UNIQUE INDEX u ON item (amount) WHERE id > 0",
        "amount", "no unique key of exactly the columns amount")]
    [InlineData("CREATE TABLE item (id bigint, name text, amount integer, other int PRIMARY KEY DEFAULT 1)", null,
        "lack a column of its key: other")]
    [InlineData("CREATE TABLE item (id bigint GENERATED ALWAYS AS (1) STORED PRIMARY KEY, name text, amount integer)", null,
        "item.id is a generated column")]
    [InlineData("CREATE TABLE item (id bigint PRIMARY KEY, name text)", null, "item.amount is missing")]
    [InlineData("CREATE VIEW item AS SELECT 1::bigint AS id, ''::text AS name, 1 AS amount", null, "item is not a table but a view")]
    public async Task WriteAsync_RowsThatCannotBeToldApart_AreRefusedBeforeAnythingIsSent(string ddl, string? key, string reason)
    {
        await using WriterCase test = await WriterCase.CreateAsync(ddl);

        DatabaseException error = await test.RefuseAsync(
            RowWriterKind.Upsert, test.Batch(WriterCase.Table, [(1, "a", 1)]), key is null ? null : WriterCase.Key(key));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.False(TransientFailure.Is(error));
    }

    [SkippableTheory]
    [InlineData(RowWriterKind.Upsert)]
    [InlineData(RowWriterKind.InsertOrIgnore)]
    [InlineData(RowWriterKind.UpsertAndDelete)]
    public async Task WriteAsync_NullInTheKey_NamesTheRowAndWhereItCameFrom(RowWriterKind kind)
    {
        await using WriterCase test = await WriterCase.CreateAsync("CREATE TABLE item (id bigint UNIQUE, name text, amount integer)");
        CopyTable table = kind == RowWriterKind.UpsertAndDelete ? WriterCase.Marked : WriterCase.Table;

        DatabaseException error =
            await test.RefuseAsync(kind, test.Batch(table, [(1, "a", 1)], [(2, "b", 2), (null, "c", 3)]), WriterCase.Key("id"));

        Assert.Equal(("23502", 3L), (error.SqlState, error.Row));
        Assert.Contains("at row 3 (from page 2): 23502 not_null_violation, column id", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WriteAsync_NullWhereTheTableHasNone_NamesTheRow()
    {
        await using WriterCase test = await WriterCase.CreateAsync();

        DatabaseException error = await test.RefuseAsync(RowWriterKind.Upsert, test.Batch(WriterCase.Table, [(1, "a", 1), (2, "b", null)]));

        Assert.Equal(("23502", 2L), (error.SqlState, error.Row));
        DatabaseException live = await test.RefuseAsync(RowWriterKind.UpsertAndDelete, Live(test));
        Assert.Equal("23502", live.SqlState);
        Assert.Empty(await test.RowsAsync());

        static RowBatch Live(WriterCase test)
        {
            // The marker says that the row is there, and it lacks its amount.
            using var writer = new RowPageWriter(WriterCase.Marked, test.Pool);
            writer.BeginRow();
            writer.WriteInt64(1);
            writer.WriteNull();
            writer.WriteNull();
            writer.WriteNull();
            writer.EndRow();
            return RowBatch.Create([writer.Take()!]);
        }
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_FewerRowsThanTheBatchSays_IsRefused(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(maxArrayRows: arrayRowsMax);
        RowBatch whole = test.Batch(WriterCase.Table, [(1, "a", 1)]);

        DatabaseException error = await test.RefuseAsync(
            RowWriterKind.Upsert, new RowBatch(WriterCase.Table, whole.Pages, rows: 2, whole.Bytes, number: 1, firstRow: 1));

        Assert.Contains("stored 1 rows of batch 1 of table item (rows 1 to 2), but 2 were sent", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WriteAsync_FieldOfAnotherType_IsRefusedBeforeAnythingIsSent()
    {
        await using WriterCase test = await WriterCase.CreateAsync("CREATE TABLE item (id bigint PRIMARY KEY, name text, amount real)");

        DatabaseException error = await test.RefuseAsync(RowWriterKind.UpsertAndDelete, test.Batch(WriterCase.Marked, [(1, "a", 1)]));

        Assert.Contains("writes column amount as integer, but", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WriteAsync_LastColumnIsOneOfTheTable_IsNoMarker()
    {
        await using WriterCase test = await WriterCase.CreateAsync();

        DatabaseException error = await test.RefuseAsync(RowWriterKind.UpsertAndDelete, test.Batch(WriterCase.Table, [(1, "a", 1)]));

        Assert.Contains("item.amount, the last column of the rows, should be the marker of keys that are gone", error.Message,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WriteAsync_TableOfTheLookUnderTheLocks_NeedsNoSecondLook()
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        await using LoadTransaction load = await LoadTransaction.OpenAsync(test.Database.DataSource);
        IBatchWriter writer = BatchWriters.Create(RowWriterKind.UpsertAndDelete, load);
        IReadOnlyList<TableState> states = await TableInspector.ReadAsync(load.Connection, [load.Resolve(WriterCase.Table)]);

        // A look at a table that has no key would refuse it: what was handed over counts.
        writer.Know([states[0] with { Keys = [] }]);
        await Assert.ThrowsAsync<DatabaseException>(() => writer.WriteAsync(test.Batch(WriterCase.Marked, [(1, "a", 1)])));
    }

    [Fact]
    public async Task WriteAsync_Null_CountsAndGivesBack()
    {
        var pool = new PagePool();
        var writer = new NullWriter(new CopySinkOptions());

        await writer.WriteAsync(TestRows.Batch(pool, (1, 10), (11, 5)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => writer.WriteAsync(TestRows.Batch(pool, (1, 10)), new CancellationToken(canceled: true)));

        CopyCounters counters = Assert.Single(writer.Counters);
        Assert.Equal((15L, 15L, 1), (counters.Rows, counters.Ignored, counters.Batches));
        Assert.Equal((0L, 3L), (pool.Outstanding, pool.Rents));
    }
}
