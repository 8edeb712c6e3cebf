using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tests.Load;

public sealed class RowAccumulatorTests
{
    private static readonly CopyTable Child = new("child", "a");
    private static readonly CopyTable Parent = new("parent", "a");
    private readonly PagePool pool = new();

    [Fact]
    public void Append_RowsReachTheLimitExactly_ClosesAtOnce()
    {
        using var accumulator = new RowAccumulator(new RowAccumulatorOptions { RowsPerBatch = 10 });

        Assert.Empty(accumulator.Append(Page(Child, 6)));
        RowBatch batch = Assert.Single(accumulator.Append(Page(Child, 4)));

        Assert.Equal(10, batch.Rows);
        Assert.Equal((1, 1L, 10L), (batch.Number, batch.FirstRow, batch.LastRow));
        Assert.Equal(0, accumulator.OpenBytes);
        batch.Dispose();
    }

    [Fact]
    public void Append_PageThatWouldExceedRows_ClosesTheBatchFirst()
    {
        using var accumulator = new RowAccumulator(new RowAccumulatorOptions { RowsPerBatch = 10 });

        accumulator.Append(Page(Child, 7));
        using RowBatch first = Assert.Single(accumulator.Append(Page(Child, 4)));
        using RowBatch second = accumulator.Close(Child)!;

        Assert.Equal(7, first.Rows);
        Assert.Equal((2, 8L, 11L), (second.Number, second.FirstRow, second.LastRow));
    }

    [Fact]
    public void Append_PageThatWouldExceedBytes_ClosesTheBatchFirst()
    {
        using RowPage sample = Page(Child, 5);
        using var accumulator = new RowAccumulator(new RowAccumulatorOptions { BytesPerBatch = (2 * sample.ByteCount) - 1 });

        accumulator.Append(Page(Child, 5));
        using RowBatch first = Assert.Single(accumulator.Append(Page(Child, 5)));

        Assert.Equal(5, first.Rows);
        Assert.Equal(sample.ByteCount, accumulator.OpenBytes);
    }

    [Fact]
    public void Append_SinglePageLargerThanABatch_IsSentAloneAfterTheOpenOne()
    {
        using var accumulator = new RowAccumulator(new RowAccumulatorOptions { RowsPerBatch = 10 });

        accumulator.Append(Page(Child, 3));
        IReadOnlyList<RowBatch> closed = accumulator.Append(Page(Child, 25));

        Assert.Equal([3L, 25L], closed.Select(batch => batch.Rows));
        Assert.Equal([1, 2], closed.Select(batch => batch.Number));
        foreach (RowBatch batch in closed)
            batch.Dispose();
    }

    [Fact]
    public void Append_OpenBytesOverTheBudget_ClosesTheLargestBatchEarly()
    {
        using RowPage five = Page(Child, 5);
        using RowPage one = Page(Child, 1);
        using var accumulator = new RowAccumulator(new RowAccumulatorOptions { MaxOpenBytes = five.ByteCount + one.ByteCount });

        Assert.Empty(accumulator.Append(Page(Child, 5)));
        Assert.Empty(accumulator.Append(Page(Parent, 1)));
        using RowBatch early = Assert.Single(accumulator.Append(Page(Parent, 1)));

        Assert.Equal(Child, early.Table);
        Assert.Equal(2 * one.ByteCount, accumulator.OpenBytes);
    }

    [Fact]
    public void Append_PageLargerThanTheWholeBudget_IsSentAtOnce()
    {
        using var accumulator = new RowAccumulator(new RowAccumulatorOptions { MaxOpenBytes = 1 });

        using RowBatch batch = Assert.Single(accumulator.Append(Page(Child, 1)));

        Assert.Equal(0, accumulator.OpenBytes);
    }

    [Fact]
    public void Drain_TwoTables_KeepsTheGivenOrder()
    {
        using var accumulator = new RowAccumulator();
        accumulator.Append(Page(Child, 2));
        accumulator.Append(Page(Parent, 1));

        IReadOnlyList<RowBatch> batches = accumulator.Drain([Parent, new CopyTable("unused", "a"), Child]);

        Assert.Equal([Parent, Child], batches.Select(batch => batch.Table));
        Assert.Empty(accumulator.Drain([Parent, Child]));
        foreach (RowBatch batch in batches)
            batch.Dispose();
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void Drain_TableMissingFromTheOrder_ClosesNothing()
    {
        using var accumulator = new RowAccumulator();
        accumulator.Append(Page(Child, 2));
        accumulator.Append(Page(Parent, 1));

        string message = Assert.Throws<InvalidOperationException>(() => accumulator.Drain([Parent])).Message;

        Assert.Contains("Table child", message, StringComparison.Ordinal);
        Assert.Equal(2, pool.Outstanding);
        Assert.NotEqual(0, accumulator.OpenBytes);
    }

    [Fact]
    public void Dispose_OpenBatches_GivesEveryPageBack()
    {
        var accumulator = new RowAccumulator();
        accumulator.Append(Page(Child, 2));
        accumulator.Append(Page(Parent, 1));

        accumulator.Dispose();

        Assert.Equal(2, pool.Rents);
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void Append_ThousandsOfSmallPages_HoldsLittleMoreMemoryThanTheirRows()
    {
        using var accumulator = new RowAccumulator();
        long bytes = 0;
        var rows = new List<byte>();
        for (int number = 0; number < 2_000; number++)
        {
            RowPage page = Page(Child, 100 + (number % 7));
            bytes += page.ByteCount;
            rows.AddRange(page.Memory.Span);
            Assert.Empty(accumulator.Append(page));
        }

        Assert.Equal(bytes, accumulator.OpenBytes);
        Assert.True(pool.OutstandingBytes <= bytes + (2 * RowPageWriter.DefaultPageBytes),
            $"{bytes:N0} bytes of rows hold {pool.OutstandingBytes:N0} bytes of memory.");
        using RowBatch batch = accumulator.Close(Child)!;
        Assert.Equal(rows, batch.Pages.SelectMany(page => page.Memory.ToArray()));
        Assert.Equal(batch.Rows, batch.Pages.Sum(page => page.RowCount));
        Assert.Equal(bytes, batch.Bytes);
    }

    [Fact]
    public void Append_PageMoreThanHalfFull_IsNotCopied()
    {
        using var accumulator = new RowAccumulator();
        int rows = (RowPageWriter.DefaultPageBytes / 2 / Page(Child, 1).ByteCount) + 1;
        accumulator.Append(Page(Child, 1));
        accumulator.Append(Page(Child, rows));
        accumulator.Append(Page(Child, rows - 2));
        accumulator.Append(Page(Child, rows - 2));
        accumulator.Append(Page(Child, 5));
        using RowBatch batch = accumulator.Close(Child)!;

        // The second is above the half and stays where it is; the third fits behind it, the fourth no more, and the last five fit behind
        // that.
        Assert.Equal([1, rows + rows - 2, rows - 2 + 5], batch.Pages.Select(page => page.RowCount));
    }

    [Fact]
    public void Append_SmallPagesFromDifferentPlaces_KeepTheirPlaces()
    {
        using var accumulator = new RowAccumulator();
        foreach (string? place in (string?[])["first", "first", "second", null, null]) accumulator.Append(Page(Child, 2, place));
        using RowBatch batch = accumulator.Close(Child)!;

        Assert.Equal(["first", "second", null], batch.Pages.Select(page => page.Location));
        Assert.Equal("first", batch.PageOfRow(4)!.Location);
        Assert.Equal("second", batch.PageOfRow(5)!.Location);
        Assert.Null(batch.PageOfRow(10)!.Location);
    }

    [Fact]
    public void Constructor_LimitBelowOne_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RowAccumulator(new RowAccumulatorOptions { RowsPerBatch = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RowAccumulator(new RowAccumulatorOptions { BytesPerBatch = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RowAccumulator(new RowAccumulatorOptions { MaxOpenBytes = 0 }));
    }

    [Fact]
    public void Create_NoPagesOrMixedTables_Throws()
    {
        using RowPage one = Page(Child, 1);
        using RowPage other = Page(Parent, 1);

        Assert.Contains("at least one page", Assert.Throws<ArgumentException>(() => RowBatch.Create([])).Message, StringComparison.Ordinal);
        Assert.Contains("cannot hold a page of table parent", Assert.Throws<ArgumentException>(() => RowBatch.Create([one, other])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void PageOfRow_LineOfTheServer_FindsThePage()
    {
        RowPage one = Page(Child, 3);
        RowPage two = Page(Child, 2);
        using var batch = RowBatch.Create([one, two]);

        Assert.Null(batch.PageOfRow(0));
        Assert.Same(one, batch.PageOfRow(3));
        Assert.Same(two, batch.PageOfRow(4));
        Assert.Null(batch.PageOfRow(6));
    }

    [Theory]
    [InlineData(250_000, 62_499, false)]
    [InlineData(250_000, 62_500, true)]
    // A quarter of a small batch is not worth a round trip.
    [InlineData(1_000, 900, false)]
    [InlineData(20_000, 16_384, true)]
    public void CloseEarly_LargestOpenBatch_IsClosedFromAQuarterOfTheLimit(int limit, int rows, bool isClosed)
    {
        using var accumulator = new RowAccumulator(new RowAccumulatorOptions { RowsPerBatch = limit });
        accumulator.Append(Page(Parent, 5));
        accumulator.Append(Page(Child, rows));

        using RowBatch? batch = accumulator.CloseEarly();

        Assert.Equal(isClosed ? rows : null, batch?.Rows);
        Assert.Null(accumulator.CloseEarly());
    }

    [Fact]
    public void CloseEarly_SwitchedOff_ClosesNothing()
    {
        using var accumulator = new RowAccumulator(new RowAccumulatorOptions { SendsEarly = false });
        accumulator.Append(Page(Child, 200_000));

        Assert.Null(accumulator.CloseEarly());
    }

    private RowPage Page(CopyTable table, int rows, object? location = null)
    {
        using var writer = new RowPageWriter(table, pool);
        for (int row = 0; row < rows; row++)
        {
            writer.BeginRow();
            writer.WriteInt32(row);
            writer.EndRow();
        }

        return writer.Take(location)!;
    }
}
