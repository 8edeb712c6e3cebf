using CommunityToolkit.HighPerformance.Buffers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Rows;

/// <summary>Streams that are cut, damaged, or come in pieces of any size, and pages that do not hold what they say.</summary>
public sealed class RowPageReaderStreamTests
{
    private readonly PagePool pool = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4096)]
    public async Task ReadAsync_PiecesOfAnySize_GiveTheSameRows(int piece)
    {
        byte[] rows = Rows(50);
        await using var reader =
            new RowPageReader(new PiecewiseStream(Stream(rows), piece), TestRows.Table, pool, RowPageWriter.MinPageBytes, "here");

        var back = new List<byte>();
        while (await reader.ReadAsync() is { } page)
        {
            using (page) back.AddRange(page.Memory.Span);
        }

        Assert.Equal(rows, back);
        Assert.Equal(50, reader.Rows);
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task ReadAsync_CutAtAnyByte_IsAnErrorWithTheOffset()
    {
        byte[] whole = Stream(Rows(3));
        for (int length = 0; length < whole.Length; length++)
        {
            await using var reader = new RowPageReader(new PiecewiseStream(whole[..length], 7), TestRows.Table, pool, 64, "here");

            DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => DrainAsync(reader));

            Assert.Contains($"end at byte {length},", error.Message, StringComparison.Ordinal);
            Assert.Equal(0, pool.Outstanding);
            await Assert.ThrowsAsync<InvalidOperationException>(() => reader.ReadAsync());
        }
    }

    [Theory]
    [InlineData(0, 0x51, "at byte 0, after 0 rows, it does not begin with the signature")]
    [InlineData(11, 0x01, "at byte 11, after 0 rows, its flags are 0x01000000")]
    [InlineData(15, 0xFF, "at byte 15, after 0 rows, the extension of its header is -16,777,216 bytes long")]
    [InlineData(20, 0x03, "at byte 19, after 0 rows, a row of 3 fields")]
    [InlineData(21, 0x80, "at byte 21, after 0 rows, a field of -2,147,483,640 bytes")]
    [InlineData(21, 0x7F, "at byte 21, after 0 rows, a field of 2,130,706,440 bytes")]
    public async Task ReadAsync_DamagedByte_IsAnErrorWithTheOffset(int offset, byte value, string message)
    {
        byte[] bytes = Stream(Rows(2));
        bytes[offset] = value;
        await using var reader = new RowPageReader(new MemoryStream(bytes), TestRows.Table, pool, 64, "here");

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => DrainAsync(reader));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("The data that here sends for table item (2 columns)", error.Message, StringComparison.Ordinal);
        Assert.False(TransientFailure.Is(error));
        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    public async Task ReadAsync_BytesAfterTheTrailer_AreAnError(int piece)
    {
        await using var reader = new RowPageReader(new PiecewiseStream([.. Stream(Rows(2)), 0], piece), TestRows.Table, pool, 64, "here");

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => DrainAsync(reader));

        Assert.Contains("bytes after the trailer", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task ReadAsync_HeaderWithAnExtension_IsSkipped()
    {
        byte[] bytes = [.. CopyFormat.Header.ToArray()[..15], 0, 0, 0, 40, .. new byte[40], .. Rows(2), .. CopyFormat.Trailer.ToArray()];
        await using var reader = new RowPageReader(new PiecewiseStream(bytes, 5), TestRows.Table, pool, 64, "here");

        await DrainAsync(reader);

        Assert.Equal(2, reader.Rows);
    }

    [Fact]
    public async Task ReadAsync_RandomDamage_IsAnErrorOrRowsAndNeverMore()
    {
        const int seed = 77;
        var random = new Random(seed);
        byte[] whole = Stream(Rows(20));
        for (int trial = 0; trial < 2_000; trial++)
        {
            byte[] bytes = [.. whole];
            for (int change = random.Next(1, 4); change > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            await using var reader = new RowPageReader(new PiecewiseStream(bytes, random.Next(1, 200)), TestRows.Table, pool, 64, "here");
            try
            {
                await DrainAsync(reader);
            }
            catch (DatabaseException error)
            {
                Assert.Contains("byte", error.Message, StringComparison.Ordinal);
            }

            Assert.True(pool.Outstanding == 0, $"seed {seed}, trial {trial}");
        }
    }

    [Theory]
    [InlineData(1, 0x03, "row 1, byte 0: the page has a row of 3 fields")]
    [InlineData(2, 0x80, "row 1, byte 2: the page has a field of -2147483640 bytes")]
    [InlineData(5, 0x7F, "row 1, byte 14: the page has a field of")]
    public void MoveNext_DamagedPage_NamesRowAndByte(int offset, byte value, string message)
    {
        byte[] bytes = Rows(2);
        bytes[offset] = value;
        using RowPage page = Page(bytes, rows: 2);

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Read(page));

        if (offset < 5) Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("row 1, byte", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MoveNext_PageCutOrWithOtherRows_IsAnError()
    {
        byte[] bytes = Rows(2);
        for (int length = 0; length < bytes.Length; length++)
        {
            using RowPage page = Page(bytes[..length], rows: 2);
            Assert.Throws<InvalidDataException>(() => Read(page));
        }

        using RowPage more = Page(bytes, rows: 3);
        Assert.Contains(
            "holds 2 rows instead of 3", Assert.Throws<InvalidDataException>(() => Read(more)).Message, StringComparison.Ordinal);
        using RowPage right = Page(bytes, rows: 2);
        Assert.Throws<ArgumentException>(() => new RowCursor(right).MoveNext(new RowField[1]));
    }

    [Fact]
    public void MoveNext_NullAndEmpty_AreNotTheSame()
    {
        using var writer = new RowPageWriter(TestRows.Table, pool);
        writer.BeginRow();
        writer.WriteNull();
        writer.WriteText([]);
        writer.EndRow();
        using RowPage page = writer.Take()!;
        Span<RowField> fields = stackalloc RowField[2];
        var rows = new RowCursor(page);

        Assert.True(rows.MoveNext(fields));
        Assert.Equal((true, false), (fields[0].IsNull, fields[1].IsNull));
        Assert.Equal((0, 0), (rows.Bytes(fields[0]).Length, rows.Bytes(fields[1]).Length));
        Assert.False(rows.MoveNext(fields));
    }

    [Fact]
    public void MoveNext_ManyRows_AllocatesNothing()
    {
        using RowPage page = Page(Rows(10_000), rows: 10_000);

        Assert.Equal(0, Allocations.Fewest(() => Read(page)));
    }

    [Fact]
    public void ReadAsync_ManyRows_AllocatesPerPageAndNotPerRow()
    {
        byte[] bytes = Stream(Rows(100_000));

        long allocated = Allocations.Fewest(() =>
        {
            var reader = new RowPageReader(new MemoryStream(bytes), TestRows.Table, pool, 64 * 1024, "here");
            while (true)
            {
                Task<RowPage?> read = reader.ReadAsync();
                Assert.True(read.IsCompletedSuccessfully);
                if (!read.IsCompletedSuccessfully || read.Result is not { } page) break;
                page.Dispose();
            }
        });

        Assert.True(allocated < 100_000, $"{allocated} bytes for 100,000 rows");
    }

    private static async Task DrainAsync(RowPageReader reader)
    {
        while (await reader.ReadAsync() is { } page) page.Dispose();
    }

    private static void Read(RowPage page)
    {
        Span<RowField> fields = stackalloc RowField[2];
        var rows = new RowCursor(page);
        while (rows.MoveNext(fields))
        {
            // To the end, or to the error.
        }
    }

    private byte[] Rows(int rows)
    {
        using RowPage page = TestRows.Page(pool, 1, rows);
        return page.Memory.ToArray();
    }

    private RowPage Page(byte[] bytes, int rows)
    {
        MemoryOwner<byte> owner = pool.Rent(Math.Max(64, bytes.Length));
        bytes.CopyTo(owner.Span);
        return new RowPage(TestRows.Table, pool, owner, bytes.Length, rows, null, new FieldKind[2]);
    }

    private static byte[] Stream(byte[] rows) => [.. CopyFormat.Header.Span, .. rows, .. CopyFormat.Trailer.Span];

    /// <summary>Gives at most so many bytes at a time.</summary>
    private sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
