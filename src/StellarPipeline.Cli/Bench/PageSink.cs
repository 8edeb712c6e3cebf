using System.Threading.Tasks.Dataflow;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Cli.Bench;

/// <summary>
/// The end of the stage graph in measurements without a database: counts and drops the pages. If batches are measured too, it first
/// collects the pages into batches.
/// </summary>
internal sealed class PageSink : IGraphEnd<RowPage>
{
    private readonly RowAccumulator? accumulator;
    private readonly Func<RowBatch, ValueTask>? take;
    private readonly ActionBlock<RowPage> input;

    /// <param name="accumulation">Limits of the batches; null to drop each page at once.</param>
    /// <param name="take">Called with each batch before it is dropped; may be null.</param>
    public PageSink(RowAccumulatorOptions? accumulation, Func<RowBatch, ValueTask>? take)
    {
        accumulator = accumulation is null ? null : new RowAccumulator(accumulation);
        this.take = take;
        input = new ActionBlock<RowPage>(TakeAsync, new ExecutionDataflowBlockOptions { BoundedCapacity = 4 });
    }

    /// <summary>Returns the rows that are known only at the end of the graph. Set it before the graph runs.</summary>
    public Action<LateRowsMoment, CopyTable?, ICollection<RowPage>>? LateRows { get; set; }

    public long Rows { get; private set; }

    public long Bytes { get; private set; }

    public bool IsWaitingOutside => false;

    public Task Failure { get; } = new TaskCompletionSource().Task;

    public ITargetBlock<RowPage> AddInput(string producer) => input;

    /// <summary>Counts and drops the open batches after the graph has ended.</summary>
    public async Task EndAsync(IReadOnlyList<CopyTable> tables)
    {
        await input.Completion;
        if (accumulator is null) return;
        await AppendLateAsync(LateRowsMoment.End, null);
        await DropAsync(accumulator.Drain(tables));
    }

    private async Task TakeAsync(RowPage page)
    {
        await AppendLateAsync(LateRowsMoment.PageTaken, page.Table);
        await AppendAsync(page);
    }

    private async Task AppendLateAsync(LateRowsMoment moment, CopyTable? table)
    {
        var late = new List<RowPage>();
        LateRows?.Invoke(moment, table, late);
        foreach (RowPage page in late) await AppendAsync(page);
    }

    private async Task AppendAsync(RowPage page)
    {
        if (accumulator is not null)
        {
            await DropAsync(accumulator.Append(page));
            return;
        }

        Rows += page.RowCount;
        Bytes += page.ByteCount;
        page.Dispose();
    }

    private async Task DropAsync(IReadOnlyList<RowBatch> batches)
    {
        foreach (RowBatch batch in batches)
        {
            using (batch)
            {
                Rows += batch.Rows;
                Bytes += batch.Bytes;
                if (take is not null) await take(batch);
            }
        }
    }
}
