using System.Text;
using CommunityToolkit.HighPerformance.Buffers;
using Npgsql;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Rows;

/// <summary>Rows that are read back are the rows that were written, byte for byte and column for column.</summary>
public sealed class RowPageReaderTests
{
    private const int Seed = 20261128;

    private readonly PagePool pool = new();

    // Every column type of the schemas that are filled, and the others that a writer knows.
    private static readonly (string Type, Action<RowPageWriter, Random> Write)[] Types =
    [
        ("bytea", (writer, random) => writer.WriteBytes(RandomBytes(random, random.Next(0, 70)))),
        ("text", (writer, random) => writer.WriteText(RandomText(random))),
        ("varchar(255)", (writer, random) => writer.WriteText(RandomText(random))),
        ("uuid", (writer, random) => writer.WriteUuid(RandomBytes(random, 16))),
        ("bigint", (writer, random) => writer.WriteInt64(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64))),
        ("integer", (writer, random) => writer.WriteInt32((int)random.NextInt64(int.MinValue, int.MaxValue))),
        ("smallint", (writer, random) => writer.WriteInt16((short)random.Next(short.MinValue, short.MaxValue + 1))),
        ("boolean", (writer, random) => writer.WriteBoolean(random.Next(2) == 1)),
        ("timestamptz", (writer, random) => writer.WriteTimestamp(random.NextInt64(-200_000_000_000_000_000, 9_000_000_000_000_000_000))),
        ("timestamp", (writer, random) => writer.WriteTimestamp(random.NextInt64(-200_000_000_000_000_000, 9_000_000_000_000_000_000))),
        ("jsonb",
            (writer, random) =>
                writer.WriteJsonb(
                    Encoding.UTF8.GetBytes(random.Next(3) switch
                    {
                        0 => "null",
                        1 => $"[{random.Next()}, \"x\"]",
                        _ => $"{{\"a\": {random.Next()}, \"b\": {{}}}}",
                    }))),
        ("json", (writer, random) => writer.WriteText(Encoding.UTF8.GetBytes($"{{ \"a\" :{random.Next()} }}"))),
        ("numeric",
            (writer, random) =>
                writer.WriteNumeric(
                    new Int128((ulong)random.NextInt64(long.MinValue, long.MaxValue), (ulong)random.NextInt64()) >> random.Next(0, 127),
                    random.Next(0, NumericFormat.MaxScale + 1))),
        ("real", (writer, random) => writer.WriteSingle(random.NextSingle())),
        ("double precision", (writer, random) => writer.WriteDouble(random.NextDouble() * 1e300)),
        ("date", (writer, random) => writer.WriteRaw([0, 0, (byte)random.Next(256), (byte)random.Next(256)])),
        ("text[]", (
            writer, _) => writer.WriteRaw([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, (byte)'a', (byte)'b'])),
    ];

    [SkippableTheory]
    [InlineData(RowPageWriter.MinPageBytes)]
    [InlineData(1024)]
    [InlineData(RowPageWriter.DefaultPageBytes)]
    public async Task ReadAsync_RandomRowsOfEveryType_AreTheBytesThatWereWritten(int pageBytes)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string[] columns = ["n", .. Types.Select((_, index) => $"c{index}")];
        await database.ExecuteAsync(
            $"CREATE TABLE every (n integer PRIMARY KEY, {string.Join(", ", Types.Select((type, index) => $"c{index} {type.Type}"))})");
        var table = new CopyTable("public", "every", columns);
        var random = new Random(Seed + pageBytes);
        using var writer = new RowPageWriter(table, pool);
        for (int row = 0; row < 700; row++)
        {
            writer.BeginRow();
            writer.WriteInt32(row);
            foreach ((string _, Action<RowPageWriter, Random>? write) in Types)
            {
                if (random.Next(4) == 0) writer.WriteNull();
                else write(writer, random);
            }

            writer.EndRow();
        }

        RowPage written = writer.Take()!;
        byte[] sent = written.Memory.ToArray();
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource))
        {
            await new CopySink(load).CopyAsync(RowBatch.Create([written]));
            await load.CommitAsync();
        }

        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using RowPageReader reader = await RowPageReader.OpenAsync(
            connection, table, pool, $"SELECT {table.ColumnList} FROM {table.QualifiedName} ORDER BY n", pageBytes);
        var places = new RowField[columns.Length];
        var back = new List<byte>();
        while (await reader.ReadAsync() is { } page)
        {
            using (page)
            {
                Count(page, places);
                back.AddRange(page.Memory.Span);
            }
        }

        AssertSame(table, sent, [.. back], 700);
        Assert.Equal((700L, (long)sent.Length), (reader.Rows, reader.Bytes));
        Assert.Null(await reader.ReadAsync());
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task ReadAsync_RowsLargerThanAPage_GetOnesOfTheirOwnSize()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE item (id bigint, name text); INSERT INTO item SELECT i, repeat('x', CASE WHEN i % 7 = 0 THEN 100000 ELSE 10 "
                + "END) FROM generate_series(1, 100) AS i");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using RowPageReader reader = await RowPageReader.OpenAsync(connection, TestRows.Table, pool, pageBytes: 256);

        var ids = new List<long>();
        while (await reader.ReadAsync() is { } page)
        {
            using (page) AddIds(page, ids);
        }

        Assert.Equal(Enumerable.Range(1, 100).Select(id => (long)id), ids);
        Assert.Equal(0, pool.Outstanding);
        Assert.True(pool.PeakBytes < 600_000);

        static void AddIds(RowPage page, List<long> ids)
        {
            Span<RowField> fields = stackalloc RowField[2];
            var rows = new RowCursor(page);
            while (rows.MoveNext(fields)) ids.Add(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(rows.Bytes(fields[0])));
        }
    }

    [SkippableFact]
    public async Task ReadAsync_NoRows_IsTheEndAndTheConnectionGoesOn()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(TestRows.CreateTable);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using (RowPageReader reader = await RowPageReader.OpenAsync(connection, TestRows.Table, pool))
            Assert.Null(await reader.ReadAsync());

        await using var after = new NpgsqlCommand("SELECT 1", connection);
        Assert.Equal(1, await after.ExecuteScalarAsync());
    }

    [SkippableFact]
    public async Task DisposeAsync_BeforeTheEnd_CancelsAndTheConnectionGoesOn()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using (RowPageReader reader =
            await RowPageReader.OpenAsync(connection, TestRows.Table, pool, "SELECT generate_series(1::bigint, 1000000000000), 'x'::text"))
        {
            (await reader.ReadAsync())!.Dispose();
        }

        Assert.Equal(0, pool.Outstanding);
        await using var after = new NpgsqlCommand("SELECT 1", connection);
        Assert.Equal(1, await after.ExecuteScalarAsync());
    }

    [SkippableFact]
    public async Task ReadAsync_Cancelled_IsACancellationAndGivesEveryPageBack()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        using var stop = new CancellationTokenSource();
        await using RowPageReader reader =
            await RowPageReader.OpenAsync(connection, TestRows.Table, pool, "SELECT generate_series(1::bigint, 1000000000000), 'x'::text");
        (await reader.ReadAsync(stop.Token))!.Dispose();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader.ReadAsync(stop.Token));

        Assert.Equal(0, pool.Outstanding);
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.ReadAsync());
    }

    [SkippableFact]
    public async Task ReadAsync_ServerFailsInTheMiddle_IsAFailureOfTheDatabase()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using (RowPageReader reader = await RowPageReader.OpenAsync(
            connection, TestRows.Table, pool, "SELECT i, (1 / (i - 50))::text FROM generate_series(1::bigint, 100) AS i"))
        {
            DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => reader.ReadAsync());
            Assert.Equal("22012", error.SqlState);
            Assert.Contains("The reading of table item failed on", error.Message, StringComparison.Ordinal);
        }

        await using (var after = new NpgsqlCommand("SELECT 1", connection))
            Assert.Equal(1, await after.ExecuteScalarAsync());
        DatabaseException missing = await Assert.ThrowsAsync<DatabaseException>(
            () => RowPageReader.OpenAsync(connection, new CopyTable("public", "none", ["a"]), pool));
        Assert.Equal("42P01", missing.SqlState);
        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableFact]
    public async Task ReadAsync_SessionTerminated_IsAFailureThatPasses()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using RowPageReader reader =
            await RowPageReader.OpenAsync(connection, TestRows.Table, pool, "SELECT generate_series(1::bigint, 1000000000000), 'x'::text");
        (await reader.ReadAsync())!.Dispose();
        Assert.Equal(1, await database.TerminateSessionsAsync("query LIKE 'COPY%'"));

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(async () =>
        {
            while (await reader.ReadAsync() is { } page) page.Dispose();
        });

        Assert.True(TransientFailure.Is(error));
        Assert.Equal(0, pool.Outstanding);
    }

    /// <summary>Compares the rows of two runs of bytes column by column.</summary>
    private void AssertSame(CopyTable table, byte[] sent, byte[] read, int rows)
    {
        using RowPage left = Whole(table, sent, rows);
        using RowPage right = Whole(table, read, rows);
        Span<RowField> leftFields = new RowField[table.Columns.Count];
        Span<RowField> rightFields = new RowField[table.Columns.Count];
        var leftRows = new RowCursor(left);
        var rightRows = new RowCursor(right);
        while (leftRows.MoveNext(leftFields))
        {
            Assert.True(rightRows.MoveNext(rightFields));
            for (int column = 0; column < table.Columns.Count; column++)
            {
                Assert.Equal(leftFields[column].IsNull, rightFields[column].IsNull);
                Assert.True(leftRows.Bytes(leftFields[column]).SequenceEqual(rightRows.Bytes(rightFields[column])),
                    $"seed {Seed}: row {leftRows.RowNumber}, column {table.Columns[column]} "
                        + $"{Convert.ToHexString(leftRows.Bytes(leftFields[column]))} was read back as "
                        + $"{Convert.ToHexString(rightRows.Bytes(rightFields[column]))}");
            }

            Assert.True(leftRows.Row.SequenceEqual(rightRows.Row));
        }

        Assert.False(rightRows.MoveNext(rightFields));
    }

    private RowPage Whole(CopyTable table, byte[] bytes, int rows)
    {
        MemoryOwner<byte> owner = pool.Rent(bytes.Length);
        bytes.CopyTo(owner.Span);
        return new RowPage(table, pool, owner, bytes.Length, rows, null, new FieldKind[table.Columns.Count]);
    }

    private static void Count(RowPage page, RowField[] places)
    {
        int rows = 0;
        var cursor = new RowCursor(page);
        while (cursor.MoveNext(places)) Assert.Equal(++rows, cursor.RowNumber);
        Assert.Equal(page.RowCount, rows);
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] RandomText(Random random) =>
        Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Range(0, random.Next(0, 40)).Select(
                _ => random.Next(5) == 0 ? "🚀" : random.Next(5) == 0 ? "ß" : ((char)random.Next(32, 127)).ToString())));
}
