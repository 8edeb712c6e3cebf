using System.Globalization;
using System.Numerics;
using System.Text;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Rows;

public sealed class RoundTripTests
{
    [SkippableFact]
    public async Task WriteNumeric_RandomAndEdgeValues_ReadBackAsTheSameText()
    {
        const int seed = 20261120;
        var random = new Random(seed);
        List<Int128> values = [0, 1, -1, Int128.MaxValue, Int128.MinValue, long.MaxValue, long.MinValue, ulong.MaxValue];
        for (Int128 power = 1; power <= Int128.MaxValue / 10; power *= 10)
            values.AddRange([power, -power, power - 1, power + 1]);
        for (int index = 0; index < 2_000; index++)
        {
            // Every length of number equally often: random bits, shifted by a random amount.
            var bits =
                new Int128((ulong)random.NextInt64(long.MinValue, long.MaxValue), (ulong)random.NextInt64(long.MinValue, long.MaxValue));
            values.Add(bits >> random.Next(0, 127));
        }

        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE amount (id bigint, scale int, value numeric)");
        var table = new CopyTable("amount", "id", "scale", "value");
        var pool = new PagePool();
        using var writer = new RowPageWriter(table, pool);
        for (int index = 0; index < values.Count; index++)
        {
            int scale = index < 500 ? 7 : random.Next(0, NumericFormat.MaxScale + 1);
            writer.BeginRow();
            writer.WriteInt64(index);
            writer.WriteInt32(scale);
            writer.WriteNumeric(values[index], scale);
            writer.EndRow();
        }

        await LoadAsync(database, writer);

        List<string> rows = await database.RowsAsync("SELECT id, scale, value::text FROM amount ORDER BY id");
        Assert.Equal(values.Count, rows.Count);
        foreach (string row in rows)
        {
            string[] parts = row.Split('|');
            Int128 value = values[int.Parse(parts[0], CultureInfo.InvariantCulture)];
            int scale = int.Parse(parts[1], CultureInfo.InvariantCulture);
            Assert.True(DecimalText(value, scale) == parts[2], $"seed {seed}: {value} with scale {scale} was read back as {parts[2]}");
        }
    }

    [SkippableFact]
    public async Task Write_EveryType_ReadsBackAsWritten()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            """
            CREATE TABLE every (a smallint, b integer, c bigint, d boolean, e bytea, f bytea, g uuid, h text, i numeric, j timestamptz, k
              jsonb, l text);
            """);
        using var writer =
            new RowPageWriter(new CopyTable("every", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"), new PagePool());
        writer.BeginRow();
        writer.WriteInt16(short.MinValue);
        writer.WriteInt32(int.MinValue);
        writer.WriteInt64(long.MinValue);
        writer.WriteBoolean(true);
        writer.WriteBytes([0, 1, 255]);
        writer.WriteBytes(0x30, [0xAB]);
        writer.WriteUuid(Guid.Parse("01234567-89ab-cdef-0123-456789abcdef").ToByteArray(bigEndian: true));
        writer.WriteText(Encoding.UTF8.GetBytes("grüß 🚀"));
        writer.WriteNumeric(-12345678, 7);
        writer.WriteTimestamp((long)(new DateTime(2026, 11, 20, 1, 2, 3, DateTimeKind.Utc)
            - new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc)).TotalMicroseconds);
        writer.WriteJsonb("{\"a\": 1}"u8);
        writer.WriteNull();
        writer.EndRow();

        await LoadAsync(database, writer);

        Assert.Equal(
            ["-32768|-2147483648|-9223372036854775808|true|\\x0001ff|\\x30ab|01234567-89ab-cdef-0123-456789abcdef|grüß "
                + "🚀|-1.2345678|2026-11-20 01:02:03|{\"a\": 1}|-"],
            await database.RowsAsync(
                "SELECT a::text, b::text, c::text, d::text, e::text, f::text, g::text, h, i::text, (j AT TIME ZONE 'UTC')::text, k::text, "
                    + "l FROM every"));
    }

    private static async Task LoadAsync(TestDatabase database, RowPageWriter writer)
    {
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);
        await new CopySink(load).CopyAsync(RowBatch.Create([writer.Take()!]));
        await load.CommitAsync();
    }

    private static string DecimalText(Int128 value, int scale)
    {
        string digits = BigInteger.Abs((BigInteger)value).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        string text = scale == 0 ? digits : $"{digits[..^scale]}.{digits[^scale..]}";
        return value < 0 ? "-" + text : text;
    }
}
