using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load.Writers;

/// <summary>
/// Tables that are more than columns and a key: identity, triggers, partitions, inheritance, domains, collations, types of other schemas.
/// </summary>
public sealed class StagedWriterTableTests
{
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_IdentityAndGeneratedColumns_AreFilledAsCopyFillsThem(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(
            "CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, amount integer, twice integer GENERATED "
                + "ALWAYS AS (amount * 2) STORED, seen int DEFAULT 7)", arrayRowsMax);

        CopyCounters counters = await test.WriteAsync(RowWriterKind.Upsert, null, test.Batch(WriterCase.Table, [(5, "a", 1), (5, "b", 2)]),
            test.Batch(WriterCase.Table, [(5, "c", 3)]));

        Assert.Equal(["5|c|3|6|7"], await test.RowsAsync("id, name, amount, twice, seen"));
        Assert.Equal((3L, 1L, 1L, 0L, 1L, 0L), WriterCase.Numbers(counters));
    }

    [SkippableTheory]
    [InlineData(RowWriterKind.Upsert, 0)]
    [InlineData(RowWriterKind.Upsert, 1000)]
    [InlineData(RowWriterKind.UpsertAndDelete, 0)]
    [InlineData(RowWriterKind.UpsertAndDelete, 1000)]
    public async Task WriteAsync_PartitionedTable_CountsRowsOfAllPartitions(RowWriterKind kind, int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(
            """
            CREATE TABLE item (id bigint PRIMARY KEY, name text, amount integer) PARTITION BY RANGE (id);
            CREATE TABLE low PARTITION OF item FOR VALUES FROM (0) TO (100);
            CREATE TABLE high (amount integer, name text, id bigint NOT NULL);
            ALTER TABLE item ATTACH PARTITION high FOR VALUES FROM (100) TO (200);
            INSERT INTO item VALUES (1, 'old', 1), (101, 'old', 1), (103, 'old', 1);
            """, arrayRowsMax);
        CopyTable table = kind == RowWriterKind.Upsert ? WriterCase.Table : WriterCase.Marked;
        int? third = kind == RowWriterKind.Upsert ? 9 : null;

        CopyCounters counters = await test.WriteAsync(
            kind, null, test.Batch(table, [(1, "a", 2), (101, "b", 2), (102, "c", 2), (2, "d", 2), (103, "e", third)]));

        Assert.Equal((5L, 2L, third is null ? 2L : 3L, third is null ? 1L : 0L, 0L, 0L), WriterCase.Numbers(counters));
        Assert.Equal(third is null ? 4 : 5, (await test.RowsAsync()).Count);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_RowOutsideEveryPartition_IsRefusedWithTheBatch(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(
            "CREATE TABLE item (id bigint PRIMARY KEY, name text, amount integer) PARTITION BY RANGE (id); CREATE TABLE low PARTITION OF "
                + "item FOR VALUES FROM (0) TO (100)", arrayRowsMax);

        DatabaseException error = await test.RefuseAsync(RowWriterKind.Upsert, test.Batch(WriterCase.Table, [(1, "a", 1), (500, "b", 2)]));

        Assert.Equal("23514", error.SqlState);
        Assert.Contains("batch 1 of table item (rows 1 to 2)", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(RowWriterKind.Upsert, "INSERT")]
    [InlineData(RowWriterKind.Upsert, "UPDATE")]
    [InlineData(RowWriterKind.InsertOrIgnore, "INSERT")]
    [InlineData(RowWriterKind.UpsertAndDelete, "INSERT")]
    [InlineData(RowWriterKind.UpsertAndDelete, "UPDATE")]
    [InlineData(RowWriterKind.UpsertAndDelete, "DELETE")]
    public async Task WriteAsync_TriggerThatDropsARow_IsRefused(RowWriterKind kind, string action)
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        await test.Database.ExecuteAsync(
            $"""
            INSERT INTO item VALUES (2, 'old', 1), (3, 'old', 1);
            CREATE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER drop_row BEFORE {action} ON item FOR EACH ROW EXECUTE FUNCTION drop_row();
            """);
        CopyTable table = kind == RowWriterKind.UpsertAndDelete ? WriterCase.Marked : WriterCase.Table;

        DatabaseException error = await test.RefuseAsync(
            kind, test.Batch(table, [(1, "a", 1), (2, "b", 2), (3, "c", kind == RowWriterKind.UpsertAndDelete ? null : 3)]));

        Assert.Contains("trigger", error.Message, StringComparison.Ordinal);
        Assert.Equal(["2|old|1", "3|old|1"], await test.RowsAsync());
    }

    [SkippableFact]
    public async Task WriteAsync_TriggersThatKeepRows_AreNoObstacle()
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        await test.Database.ExecuteAsync(
            """
            INSERT INTO item VALUES (2, 'old', 1), (3, 'old', 1);
            CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; NEW.name =
              upper(NEW.name); RETURN NEW; END $$;
            CREATE TRIGGER touch BEFORE INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION touch();
            """);

        CopyCounters counters = await test.WriteAsync(RowWriterKind.UpsertAndDelete, null,
            test.Batch(WriterCase.Marked, [(1, "a", 1), (1, "b", 1), (2, "b", 2), (3, "c", null), (4, "d", null)]));
        Assert.Equal(["1|B|1", "2|B|2"], await test.RowsAsync());
        Assert.Equal((5L, 1L, 1L, 1L, 1L, 1L), WriterCase.Numbers(counters));

        counters = await test.WriteAsync(
            RowWriterKind.InsertOrIgnore, null, test.Batch(WriterCase.Table, [(1, "x", 1), (7, "y", 1), (7, "z", 1)]));
        Assert.Equal((3L, 1L, 0L, 0L, 2L, 0L), WriterCase.Numbers(counters));
        counters = await test.WriteAsync(RowWriterKind.Upsert, null, test.Batch(WriterCase.Table, [(1, "x", 1), (7, "y", 1), (7, "z", 1)]));
        Assert.Equal((3L, 0L, 2L, 0L, 1L, 0L), WriterCase.Numbers(counters));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_TableThatOthersInheritFrom_LeavesTheirRowsAlone(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(maxArrayRows: arrayRowsMax);
        await test.Database.ExecuteAsync(
            "CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (item); INSERT INTO heir VALUES (1, 'heir', 1), (2, 'heir', 2)");

        CopyCounters counters =
            await test.WriteAsync(RowWriterKind.UpsertAndDelete, null, test.Batch(WriterCase.Marked, [(1, "a", 5), (2, null, null)]));

        Assert.Equal(["1|heir|1", "2|heir|2"], await test.Database.RowsAsync("SELECT * FROM heir ORDER BY id"));
        Assert.Equal((2L, 1L, 0L, 0L, 0L, 1L), WriterCase.Numbers(counters));
    }

    [SkippableFact]
    public async Task WriteAsync_DomainsAndTypesOfOtherSchemas_CompareAsTheKeyDoes()
    {
        await using WriterCase test = await WriterCase.CreateAsync(
            """
            CREATE SCHEMA other;
            CREATE TYPE other.mood AS ENUM ('sad', 'glad');
            CREATE DOMAIN other.count AS integer NOT NULL CHECK (VALUE < 100);
            CREATE TABLE item (id other.mood PRIMARY KEY, name varchar(5) COLLATE "C", amount other.count);
            INSERT INTO item VALUES ('sad', 'old', 1);
            """);
        using var writer = new RowPageWriter(WriterCase.Marked, test.Pool);
        Row("glad", "a", 5);
        Row("sad", null, null);

        CopyCounters counters = await test.WriteAsync(RowWriterKind.UpsertAndDelete, null, RowBatch.Create([writer.Take()!]));

        Assert.Equal((2L, 1L, 0L, 1L, 0L, 0L), WriterCase.Numbers(counters));
        Row("glad", "b", 500);
        DatabaseException error = await test.RefuseAsync(RowWriterKind.UpsertAndDelete, RowBatch.Create([writer.Take()!]));
        Assert.Equal("23514", error.SqlState);

        void Row(string id, string? name, int? amount)
        {
            writer.BeginRow();
            writer.WriteText(System.Text.Encoding.ASCII.GetBytes(id));
            if (name is null) writer.WriteNull();
            else writer.WriteText(System.Text.Encoding.ASCII.GetBytes(name));
            if (amount is { } number) writer.WriteInt32(number);
            else writer.WriteNull();
            writer.WriteBoolean(amount is null);
            writer.EndRow();
        }
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_KeyWithACollationThatIgnoresCase_IsOneKey(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync("SELECT", arrayRowsMax);
        Skip.If(await test.Database.QueryAsync<long>("SELECT count(*) FROM pg_collation WHERE collprovider = 'i'") == 0,
            "This server was built without ICU.");
        await test.Database.ExecuteAsync(
            """
            CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            CREATE TABLE word (word text COLLATE no_case PRIMARY KEY, amount integer);
            INSERT INTO word VALUES ('GONE', 0), ('There', 0);
            """);
        var table = new CopyTable("word", "word", "amount", "is_gone");
        using var writer = new RowPageWriter(table, test.Pool);
        foreach ((string word, bool isGone) in new[] { ("new", false), ("gone", true), ("NEW", false), ("THERE", false) })
        {
            writer.BeginRow();
            writer.WriteText(System.Text.Encoding.ASCII.GetBytes(word));
            writer.WriteInt32(1);
            writer.WriteBoolean(isGone);
            writer.EndRow();
        }

        CopyCounters counters = await test.WriteAsync(RowWriterKind.UpsertAndDelete, null, RowBatch.Create([writer.Take()!]));

        Assert.Equal((4L, 1L, 1L, 1L, 1L, 0L), WriterCase.Numbers(counters));
        Assert.Equal(["NEW|1", "There|1"], await test.Database.RowsAsync("SELECT * FROM word ORDER BY word"));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_NamesThatNeedQuotesOrAreOurs_Work(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(
            """
            CREATE SCHEMA "Odd ""one"" ";
            CREATE TABLE "Odd ""one"" "."Table" ("pipeline_n" bigint, "select" text, "written" integer, PRIMARY KEY ("pipeline_n",
              "select"));
            """, arrayRowsMax);
        var table = new CopyTable("Odd \"one\" ", "Table", ["pipeline_n", "select", "written", "pipeline_gone"]);
        using var writer = new RowPageWriter(table, test.Pool);
        foreach (int amount in new[] { 1, 2, 3 })
        {
            writer.BeginRow();
            writer.WriteInt64(1);
            writer.WriteText("x"u8);
            writer.WriteInt32(amount);
            writer.WriteBoolean(false);
            writer.EndRow();
        }

        CopyCounters counters = await test.WriteAsync(RowWriterKind.UpsertAndDelete, null, RowBatch.Create([writer.Take()!]));

        Assert.Equal((3L, 1L, 0L, 0L, 2L, 0L), WriterCase.Numbers(counters));
        Assert.Equal(["1|x|3"], await test.Database.RowsAsync("SELECT * FROM \"Odd \"\"one\"\" \".\"Table\""));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task WriteAsync_SchemasFullOfTraps_SpringsNone(int arrayRowsMax)
    {
        await using WriterCase test = await WriterCase.CreateAsync(maxArrayRows: arrayRowsMax);
        string sprung = await HostileSchema.PlantAsync(test.Database, "public", "traps");

        await test.WriteAsync(
            RowWriterKind.UpsertAndDelete, null, test.Batch(WriterCase.Marked, [(1, "a", 1), (1, "b", 2), (2, null, null)]));
        await test.WriteAsync(RowWriterKind.Upsert, null, test.Batch(WriterCase.Table, [(1, "a", 1), (1, "b", 2)]));
        await test.WriteAsync(RowWriterKind.InsertOrIgnore, null, test.Batch(WriterCase.Table, [(1, "a", 1), (3, "b", 2)]));

        Assert.Equal(0, await test.Database.QueryAsync<long>(sprung));
    }

    [SkippableFact]
    public async Task WriteAsync_ValuesAsArrays_AreStoredAsCopyStoresThem()
    {
        const string columns = "id bigint PRIMARY KEY, a boolean, b smallint, c integer, d uuid, e bytea, f text, g varchar(5)";
        await using WriterCase test = await WriterCase.CreateAsync($"CREATE TABLE copied ({columns}); CREATE TABLE item ({columns})");
        string[] names = ["id", "a", "b", "c", "d", "e", "f", "g"];
        await using LoadTransaction load = await LoadTransaction.OpenAsync(test.Database.DataSource);
        await BatchWriters.Create(RowWriterKind.Copy, load).WriteAsync(Rows("copied", "12345"));
        await test.Writer(RowWriterKind.Upsert, load).WriteAsync(Rows("item", "12345"));
        await load.CommitAsync();

        Assert.Equal(200, await test.Database.QueryAsync<long>("SELECT count(*) FROM item"));
        Assert.Empty(await test.Database.RowsAsync("SELECT * FROM copied EXCEPT SELECT * FROM item"));
        DatabaseException cut = await test.RefuseAsync(RowWriterKind.Upsert, Rows("item", "123456"));
        Assert.Equal("22001", cut.SqlState);

        RowBatch Rows(string table, string text)
        {
            var random = new Random(5);
            using var writer = new RowPageWriter(new CopyTable(table, names), test.Pool);
            byte[] bytes = new byte[16];
            for (int row = 0; row < 200; row++)
            {
                random.NextBytes(bytes);
                bool isNull = row % 7 == 3;
                writer.BeginRow();
                writer.WriteInt64(random.NextInt64(long.MinValue, long.MaxValue));
                Field(() => writer.WriteBoolean(row % 2 == 0), isNull);
                Field(() => writer.WriteInt16((short)-row), isNull);
                Field(() => writer.WriteInt32(int.MinValue + row), isNull);
                Field(() => writer.WriteUuid(bytes), isNull);
                Field(() => writer.WriteBytes(bytes.AsSpan(0, row % 16)), isNull);
                Field(() => writer.WriteText("grüß 🚀 \\ \"'{},NULL"u8), isNull);
                writer.WriteText(System.Text.Encoding.ASCII.GetBytes(text));
                writer.EndRow();
            }

            return RowBatch.Create([writer.Take("rows")!]);

            void Field(Action write, bool isNull)
            {
                if (isNull) writer.WriteNull();
                else write();
            }
        }
    }

    [SkippableFact]
    public async Task WriteAsync_TextThatIsNoUtf8_IsRefusedWithItsRow()
    {
        await using WriterCase test = await WriterCase.CreateAsync();
        using var writer = new RowPageWriter(WriterCase.Table, test.Pool);
        foreach (byte second in new byte[] { 0xA9, 0x28 })
        {
            writer.BeginRow();
            writer.WriteInt64(second);
            writer.WriteText([0xC3, second]);
            writer.WriteInt32(1);
            writer.EndRow();
        }

        DatabaseException error = await test.RefuseAsync(RowWriterKind.Upsert, RowBatch.Create([writer.Take()!]));

        Assert.Equal(("22021", 2L), (error.SqlState, error.Row));
    }
}
