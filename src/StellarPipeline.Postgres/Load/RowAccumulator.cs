using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <summary>Gathers pages into batches, one open batch per table.</summary>
/// <remarks>
/// Input: pages of any table, in any order. Output: batches that keep the order of the pages of their table. A batch is closed when the
/// next page would exceed a limit, when it has reached a limit, when all open batches together hold too much, or on request. Pages are
/// never split; small pages are copied into larger ones. Disposing returns the pages of open batches to their pool. Not thread-safe.
/// </remarks>
public sealed class RowAccumulator : IDisposable
{
    // Smaller batches would cost more round trips than the wait is worth.
    private const int FewestRows = 16_384;
    private const long FewestBytes = 2L * 1024 * 1024;

    private readonly RowAccumulatorOptions options;
    private readonly Dictionary<CopyTable, OpenBatch> tables = [];
    private long openBytes;

    /// <summary>Makes an accumulator.</summary>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is below 1.</exception>
    public RowAccumulator(RowAccumulatorOptions? options = null)
    {
        this.options = options ?? new RowAccumulatorOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(this.options.RowsPerBatch, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(this.options.BytesPerBatch, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(this.options.MaxOpenBytes, 1, nameof(options));
    }

    /// <summary>Bytes in open batches, of all tables.</summary>
    public long OpenBytes => openBytes;

    /// <summary>Adds one page and returns the batches that it closes.</summary>
    /// <param name="page">A page; the accumulator becomes its owner.</param>
    /// <returns>Closed batches in the order in which they must be sent; usually none. The caller owns them.</returns>
    public IReadOnlyList<RowBatch> Append(RowPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        if (!tables.TryGetValue(page.Table, out OpenBatch? open))
            tables.Add(page.Table, open = new OpenBatch(page.Table));

        List<RowBatch>? closed = null;
        bool wouldExceed = open.Rows + page.RowCount > options.RowsPerBatch || open.Bytes + page.ByteCount > options.BytesPerBatch;
        if (wouldExceed && open.Pages.Count > 0)
            (closed ??= []).Add(Close(open));

        open.Add(page);
        openBytes += page.ByteCount;
        if (open.Rows >= options.RowsPerBatch || open.Bytes >= options.BytesPerBatch)
            (closed ??= []).Add(Close(open));
        while (openBytes > options.MaxOpenBytes)
            (closed ??= []).Add(Close(Largest()));
        return closed ?? (IReadOnlyList<RowBatch>)[];
    }

    /// <summary>Closes the open batch of one table, for a parent that must be sent before its children.</summary>
    /// <param name="table">The table.</param>
    /// <returns>The batch, or null when the table has no open rows.</returns>
    public RowBatch? Close(CopyTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return tables.TryGetValue(table, out OpenBatch? open) && open.Pages.Count > 0 ? Close(open) : null;
    }

    /// <summary>
    /// Closes the largest open batch for a sender that has nothing to do, if the batch is at least a quarter full and has 16,384 rows or
    /// 2 MiB.
    /// </summary>
    /// <returns>The batch; null if there is none, or if <see cref="RowAccumulatorOptions.SendsEarly"/> is off.</returns>
    public RowBatch? CloseEarly()
    {
        if (!options.SendsEarly || tables.Count == 0) return null;
        OpenBatch largest = Largest();
        return largest.Rows >= Math.Max(FewestRows, options.RowsPerBatch / 4)
            || largest.Bytes >= Math.Max(FewestBytes, options.BytesPerBatch / 4) ? Close(largest) : null;
    }

    /// <summary>Closes every open batch, for the last flush.</summary>
    /// <param name="order">All tables, in the order in which their batches must be sent: parents before children.</param>
    /// <returns>The batches in that order. The caller owns them.</returns>
    /// <exception cref="InvalidOperationException">A table with open rows is not in <paramref name="order"/>; nothing was
    /// closed.</exception>
    public IReadOnlyList<RowBatch> Drain(IReadOnlyList<CopyTable> order)
    {
        ArgumentNullException.ThrowIfNull(order);
        foreach (OpenBatch open in tables.Values)
        {
            if (open.Pages.Count > 0 && !order.Contains(open.Table))
                DatabaseThrow.TableNotInOrder(open.Table);
        }

        List<RowBatch> closed = [];
        foreach (CopyTable table in order)
        {
            if (Close(table) is { } batch)
                closed.Add(batch);
        }

        return closed;
    }

    /// <summary>Returns the pages of open batches to their pool.</summary>
    public void Dispose()
    {
        foreach (OpenBatch open in tables.Values)
        {
            if (open.Pages.Count > 0)
                Close(open).Dispose();
        }
    }

    private RowBatch Close(OpenBatch open)
    {
        openBytes -= open.Bytes;
        return open.Close();
    }

    // Few tables and few calls: a scan is cheaper than keeping an order.
    private OpenBatch Largest()
    {
        OpenBatch? largest = null;
        foreach (OpenBatch open in tables.Values)
        {
            if (largest is null || open.Bytes > largest.Bytes)
                largest = open;
        }

        return largest!;
    }

    private sealed class OpenBatch(CopyTable table)
    {
        private int closedBatches;
        private long closedRows;

        public CopyTable Table { get; } = table;

        public List<RowPage> Pages { get; private set; } = [];

        public long Rows { get; private set; }

        public long Bytes { get; private set; }

        public void Add(RowPage page)
        {
            Rows += page.RowCount;
            Bytes += page.ByteCount;

            // A table with few rows in each chunk produces thousands of almost empty pages before its batch is full. Such pages are merged;
            // copying them costs little.
            if (page.ByteCount > page.CapacityBytes / 2 || Pages.Count == 0 || !Pages[^1].TryTakeOver(page))
                Pages.Add(page);
        }

        public RowBatch Close()
        {
            var batch = new RowBatch(Table, Pages, Rows, Bytes, ++closedBatches, closedRows + 1);
            closedRows += Rows;
            Pages = [];
            Rows = 0;
            Bytes = 0;
            return batch;
        }
    }
}
