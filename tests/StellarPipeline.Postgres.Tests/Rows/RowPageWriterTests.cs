using System.Buffers.Binary;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Rows;

public sealed class RowPageWriterTests
{
    private static readonly CopyTable Pair = new("pair", "id", "name");

    [Fact]
    public void EndRow_TwoFields_GivesTheBytesOfTheManual()
    {
        using var writer = new RowPageWriter(Pair, new PagePool());

        writer.BeginRow();
        writer.WriteInt32(258);
        writer.WriteText("ab"u8);
        writer.EndRow();
        writer.BeginRow();
        writer.WriteInt32(-1);
        writer.WriteNull();
        writer.EndRow();

        using RowPage page = writer.Take("here")!;
        Assert.Equal("0002" + "00000004" + "00000102" + "00000002" + "6162" + "0002" + "00000004" + "FFFFFFFF" + "FFFFFFFF",
            Convert.ToHexString(page.Memory.Span));
        Assert.Equal(2, page.RowCount);
        Assert.Equal(page.Memory.Length, page.ByteCount);
        Assert.Equal("here", page.Location);
        Assert.Same(Pair, page.Table);
    }

    [Fact]
    public void Write_EveryFixedType_GivesItsNetworkForm()
    {
        using var writer = new RowPageWriter(new CopyTable("t", "a", "b", "c", "d", "e", "f", "g"), new PagePool());

        writer.BeginRow();
        writer.WriteInt16(-2);
        writer.WriteInt64(0x0102030405060708);
        writer.WriteBoolean(true);
        writer.WriteBoolean(false);
        writer.WriteBytes(0x30, [0xAA, 0xBB]);
        writer.WriteBytes([]);
        writer.WriteJsonb("{}"u8);
        writer.EndRow();

        using RowPage page = writer.Take()!;
        Assert.Equal(
            "0007" + "00000002FFFE" + "000000080102030405060708" + "0000000101" + "0000000100" + "0000000330AABB" + "00000000"
                + "00000003017B7D",
            Convert.ToHexString(page.Memory.Span));
    }

    [Fact]
    public void WriteUuid_SixteenBytes_AreKeptInOrder()
    {
        using var writer = new RowPageWriter(new CopyTable("t", "a"), new PagePool());
        var uuid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

        writer.BeginRow();
        writer.WriteUuid(uuid.ToByteArray(bigEndian: true));
        writer.EndRow();

        using RowPage page = writer.Take()!;
        Assert.Equal("0001" + "00000010" + "00112233445566778899AABBCCDDEEFF", Convert.ToHexString(page.Memory.Span));
        Assert.Throws<ArgumentException>(() => WriteShortUuid(writer));
    }

    [Fact]
    public void EndFixedRow_CallersLayout_IsTakenAsItIs()
    {
        using var writer = new RowPageWriter(new CopyTable("t", "a"), new PagePool());

        Span<byte> row = writer.BeginFixedRow(14);
        BinaryPrimitives.WriteInt16BigEndian(row, 1);
        BinaryPrimitives.WriteInt32BigEndian(row[2..], 8);
        BinaryPrimitives.WriteInt64BigEndian(row[6..], 5);
        writer.EndFixedRow();

        using RowPage page = writer.Take()!;
        Assert.Equal("0001" + "00000008" + "0000000000000005", Convert.ToHexString(page.Memory.Span));
    }

    [Theory]
    [InlineData(RowPageWriter.MinPageBytes)]
    [InlineData(127)]
    [InlineData(1 << 20)]
    public void Write_PageTooSmall_GrowsAndKeepsEveryRow(int firstPageBytes)
    {
        var pool = new PagePool();
        using var writer = new RowPageWriter(Pair, pool, firstPageBytes);
        for (int round = 0; round < 3; round++)
        {
            for (int id = 0; id < 1_000; id++)
            {
                writer.BeginRow();
                writer.WriteInt32(id);
                writer.WriteText(new byte[id % 97]);
                writer.EndRow();
            }

            using RowPage page = writer.Take()!;
            Assert.Equal(1_000, page.RowCount);
            ReadOnlySpan<byte> rest = page.Memory.Span;
            for (int id = 0; id < 1_000; id++)
            {
                Assert.Equal(id, BinaryPrimitives.ReadInt32BigEndian(rest[6..]));
                Assert.Equal(id % 97, BinaryPrimitives.ReadInt32BigEndian(rest[10..]));
                rest = rest[(14 + (id % 97))..];
            }

            Assert.Equal(0, rest.Length);
        }

        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void DiscardRow_HalfWrittenRow_LeavesNoTrace()
    {
        using var writer = new RowPageWriter(Pair, new PagePool());
        writer.BeginRow();
        writer.WriteInt32(1);
        writer.WriteNull();
        writer.EndRow();
        int before = writer.ByteCount;

        writer.BeginRow();
        writer.WriteInt32(2);
        Assert.Equal(before, writer.ByteCount);
        writer.DiscardRow();
        writer.DiscardRow();

        using RowPage page = writer.Take()!;
        Assert.Equal(1, page.RowCount);
        Assert.Equal(before, page.ByteCount);
    }

    [Fact]
    public void Take_NothingWritten_GivesNoPageAndRentsNothing()
    {
        var pool = new PagePool();
        using var writer = new RowPageWriter(Pair, pool);

        Assert.Null(writer.Take());
        Assert.Equal(0, pool.Rents);
    }

    [Fact]
    public void Dispose_RowsNotTaken_GivesTheMemoryBack()
    {
        var pool = new PagePool();
        var writer = new RowPageWriter(Pair, pool);
        writer.BeginRow();

        writer.Dispose();
        writer.Dispose();

        Assert.Equal(1, pool.Rents);
        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(0, pool.OutstandingBytes);
    }

    [Fact]
    public void Dispose_PageTwice_ReturnsItOnce()
    {
        var pool = new PagePool();
        using var writer = new RowPageWriter(new CopyTable("t", "a"), pool);
        writer.BeginRow();
        writer.WriteNull();
        writer.EndRow();
        RowPage page = writer.Take()!;
        Assert.Equal(page.CapacityBytes, pool.OutstandingBytes);

        page.Dispose();
        page.Dispose();

        Assert.Equal(1, pool.Returns);
        Assert.Equal(RowPageWriter.DefaultPageBytes, pool.PeakBytes);
        Assert.Throws<ObjectDisposedException>(() => page.Memory);
    }

    [Fact]
    public void Misuse_WrongFieldCountOrOrder_IsNamed()
    {
        using var writer = new RowPageWriter(Pair, new PagePool());

        Assert.Contains("No row", Message(writer.EndRow), StringComparison.Ordinal);
        Assert.Contains("No row", Message(() => writer.WriteInt32(1)), StringComparison.Ordinal);
        Assert.Contains("No row", Message(writer.EndFixedRow), StringComparison.Ordinal);
        writer.BeginRow();
        Assert.Contains("still open", Message(writer.BeginRow), StringComparison.Ordinal);
        Assert.Contains("still open", Message(() => writer.Take()), StringComparison.Ordinal);
        Assert.Contains("still open", Message(() => writer.BeginFixedRow(2)), StringComparison.Ordinal);
        writer.WriteInt32(1);
        Assert.Contains("1 of 2 fields; the next one is name", Message(writer.EndRow), StringComparison.Ordinal);
        writer.WriteNull();
        Assert.Contains("more than its 2 fields", Message(writer.WriteNull), StringComparison.Ordinal);
        writer.DiscardRow();
        writer.BeginFixedRow(6).Clear();
        Assert.Contains("field count 2", Message(writer.EndFixedRow), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_PageOverTheLimit_IsNamed()
    {
        using var writer = new RowPageWriter(Pair, new PagePool());

        Assert.Contains(
            "Take pages more often", Message(() => writer.BeginFixedRow(RowPageWriter.MaxPageBytes + 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_WarmWriter_AllocatesNothingPerRow()
    {
        var pool = new PagePool();
        using var writer = new RowPageWriter(new CopyTable("t", "a", "b", "c", "d", "e"), pool, 1 << 22);
        int rows = 0;
        Write(10_000);
        writer.Take()!.Dispose();

        rows = 0;
        Write(1);
        long allocated = Allocations.Fewest(() => Write(1_000));

        Assert.Equal(0, allocated);
        using RowPage page = writer.Take()!;
        Assert.Equal(rows, page.RowCount);

        void Write(int count)
        {
            WriteRows(writer, count);
            rows += count;
        }
    }

    private static void WriteRows(RowPageWriter writer, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            writer.BeginRow();
            writer.WriteInt64(row);
            writer.WriteBytes(1, "01234567890123456789012345678901"u8);
            writer.WriteNumeric(Int128.MaxValue - row, 7);
            writer.WriteText("text"u8);
            writer.WriteBoolean(true);
            writer.EndRow();
        }
    }

    private static void WriteShortUuid(RowPageWriter writer)
    {
        writer.BeginRow();
        try
        {
            writer.WriteUuid(new byte[15]);
        }
        finally
        {
            writer.DiscardRow();
        }
    }

    private static string Message(Action action) => Assert.Throws<InvalidOperationException>(action).Message;

    private static string Message(SpanAction action) => Assert.Throws<InvalidOperationException>(() => { action(); }).Message;

    private delegate Span<byte> SpanAction();
}
