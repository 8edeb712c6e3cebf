using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>What a field was written as is what its column is, or nothing is stored.</summary>
public sealed class ColumnTypeTests
{
    private static readonly CopyTable Table = new("t", "a");

    private readonly PagePool pool = new();

    [SkippableTheory]
    [InlineData("double precision", "bigint")]
    [InlineData("timestamptz", "bigint")]
    [InlineData("money", "bigint")]
    [InlineData("bigint", "integer")]
    [InlineData("real", "integer")]
    [InlineData("date", "integer")]
    [InlineData("jsonb", "text")]
    [InlineData("bytea", "text")]
    [InlineData("text", "bytea")]
    [InlineData("uuid", "bytea")]
    [InlineData("bigint", "timestamp")]
    public async Task CommitAsync_FieldOfAnotherType_IsRefusedAndNoFurtherLoadIsTried(string column, string written)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync($"CREATE TABLE t (a {column})");

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => StageLoad.LoadAsync(database.DataSource, null, StageLoad.Page(pool, Table, [0], (writer, _) => Write(writer, written))));

        Assert.Contains($"writes column a as {written}", error.Message, StringComparison.Ordinal);
        Assert.False(TransientFailure.Is(error));
        Assert.Equal((0L, 0), (await database.QueryAsync<long>("SELECT count(*) FROM t"), pool.Outstanding));
    }

    [SkippableFact]
    public async Task CommitAsync_EveryMethodIntoItsOwnType_IsStored()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE DOMAIN small_text AS varchar(20); CREATE DOMAIN smaller_text AS small_text NOT NULL; CREATE TYPE mood AS ENUM ('ok');
            CREATE TABLE t (a1 bool, a2 int2, a3 int4, a4 int8, a5 real, a6 float8, a7 timestamptz(3), a8 timestamp, a9 bytea, b1 uuid, b2
              smaller_text, b3 mood, b4 json, b5 jsonb, b6 numeric(9, 2), b7 date, b8 char(3), b9 name);
            """);
        var table =
            new CopyTable("t", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9");

        await StageLoad.LoadAsync(database.DataSource, null, StageLoad.Page(pool, table, [0], (writer, _) =>
        {
            writer.WriteBoolean(true);
            writer.WriteInt16(2);
            writer.WriteInt32(3);
            writer.WriteInt64(4);
            writer.WriteSingle(1.5f);
            writer.WriteDouble(-2.25);
            writer.WriteTimestamp(0);
            writer.WriteTimestamp(0);
            writer.WriteBytes([1]);
            writer.WriteUuid(new byte[16]);
            writer.WriteText("x"u8);
            writer.WriteText("ok"u8);
            writer.WriteText("{}"u8);
            writer.WriteJsonb("{}"u8);
            writer.WriteNumeric(150, 2);
            writer.WriteRaw([0, 0, 0, 1]);
            writer.WriteText("abc"u8);
            writer.WriteText("n"u8);
        }));

        Assert.Equal(
            ["1.5|-2.25|ok|1.50|2000-01-02"], await database.RowsAsync("SELECT a5::text, a6::text, b3::text, b6::text, b7::text FROM t"));
    }

    [Fact]
    public void WriteInt32_ColumnWrittenAsTextBefore_IsAMistakeOfTheCaller()
    {
        using var writer = new RowPageWriter(Table, pool);
        writer.BeginRow();
        writer.WriteText("x"u8);
        writer.EndRow();
        writer.BeginRow();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => writer.WriteInt32(1));

        Assert.Contains("was written as text first, and as integer later", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("CREATE TABLE t (a int, b int NOT NULL)", "t.b (integer) must not be NULL and has no default")]
    [InlineData("CREATE TABLE t (b int)", "t.a is missing")]
    [InlineData("CREATE TABLE t (a int GENERATED ALWAYS AS (1) STORED)", "t.a is a generated column")]
    [InlineData("CREATE TABLE t (a bigint)", "t.a is bigint instead of int4")]
    [InlineData("CREATE VIEW t AS SELECT 1 AS a", "is not a table but a view")]
    [InlineData("SELECT", "does not exist")]
    public async Task OpenAsync_TableDoesNotFit_IsRefusedBeforeAnyPage(string ddl, string reason)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(ddl);

        LoadRefusedException error = await Assert.ThrowsAsync<LoadRefusedException>(() => BulkLoad.OpenAsync(
            database.DataSource, new LoadRequest { Tables = [Table], Expected = [new TableExpectation(Table, ["int4"])] }));

        Assert.Equal(Dataflow.FailureKind.Usage, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IsTransientState_ProtocolViolation_IsNot() => Assert.False(TransientFailure.IsTransientState("08P01"));

    private static void Write(RowPageWriter writer, string type)
    {
        switch (type)
        {
            case "integer": writer.WriteInt32(1); break;
            case "bigint": writer.WriteInt64(1); break;
            case "timestamp": writer.WriteTimestamp(1); break;
            case "text": writer.WriteText("1"u8); break;
            default: writer.WriteBytes(new byte[16]); break;
        }
    }
}
