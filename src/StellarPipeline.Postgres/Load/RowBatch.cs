using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <summary>Pages of one table that are sent by one COPY.</summary>
/// <remarks>One owner at a time. Disposing returns every page to its pool and may be repeated.</remarks>
public sealed class RowBatch : IDisposable
{
    internal RowBatch(CopyTable table, IReadOnlyList<RowPage> pages, long rows, long bytes, int number, long firstRow)
    {
        Table = table;
        Pages = pages;
        Rows = rows;
        Bytes = bytes;
        Number = number;
        FirstRow = firstRow;
    }

    /// <summary>Creates a batch outside an accumulator, from pages of one table.</summary>
    /// <param name="pages">At least one page, all of the same table; the batch becomes their owner.</param>
    /// <param name="number">Number of the batch within its table, from 1.</param>
    /// <param name="firstRow">Number of the first row within its table and run, from 1.</param>
    /// <returns>The batch.</returns>
    /// <exception cref="ArgumentException">There is no page, or the pages belong to different tables.</exception>
    public static RowBatch Create(IReadOnlyList<RowPage> pages, int number = 1, long firstRow = 1)
    {
        ArgumentNullException.ThrowIfNull(pages);
        if (pages.Count == 0)
            DatabaseThrow.EmptyBatch();
        long rows = 0;
        long bytes = 0;
        foreach (RowPage page in pages)
        {
            if (!page.Table.Equals(pages[0].Table))
                DatabaseThrow.MixedBatch(pages[0].Table, page.Table);
            rows += page.RowCount;
            bytes += page.ByteCount;
        }

        return new RowBatch(pages[0].Table, [.. pages], rows, bytes, number, firstRow);
    }

    /// <summary>The table that the rows belong to.</summary>
    public CopyTable Table { get; }

    /// <summary>The pages in sending order.</summary>
    public IReadOnlyList<RowPage> Pages { get; }

    /// <summary>Rows in the batch.</summary>
    public long Rows { get; }

    /// <summary>Encoded length of the rows, in bytes, without header and trailer.</summary>
    public long Bytes { get; }

    /// <summary>Number of the batch within its table, from 1.</summary>
    public int Number { get; }

    /// <summary>Number of the first row within its table and run, from 1.</summary>
    public long FirstRow { get; }

    /// <summary>Number of the last row within its table and run.</summary>
    public long LastRow => FirstRow + Rows - 1;

    /// <summary>Finds the page that holds a row of this batch.</summary>
    /// <param name="row">Number of the row within the batch, from 1: the line number of the server's "COPY …, line N".</param>
    /// <returns>The page, or null when the batch has no such row.</returns>
    public RowPage? PageOfRow(long row)
    {
        long before = 0;
        foreach (RowPage page in Pages)
        {
            if (row > before && row <= before + page.RowCount)
                return page;
            before += page.RowCount;
        }

        return null;
    }

    /// <summary>Returns every page to its pool.</summary>
    public void Dispose()
    {
        foreach (RowPage page in Pages)
            page.Dispose();
    }
}
