using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Dataflow;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <content>Gathers pages into batches and sends the batches: one is filled while the previous one is sent.</content>
public sealed partial class BulkLoad
{
    private readonly HashSet<CopyTable> tables;
    private readonly RowAccumulator accumulator;
    private readonly ActionBlock<RowBatch> copies;
    private readonly StageCounters fillCounters = new("accumulate", 1);
    private readonly StageCounters copyCounters = new("copy", 1);

    private readonly Dictionary<CopyTable, long> made = [];
    private readonly List<RowPage> late = [];
    private int batchesInTransit;

    // Only one thread may fill batches at a time: the queue's worker, the end of the load and a rollback run on different threads.
    private readonly SemaphoreSlim filling = new(1, 1);

    // Bytes in open batches come back only when one of them is sent. If they could be the whole budget, every producer would wait for ever.
    private static RowAccumulatorOptions WithinBudget(RowAccumulatorOptions limits, ByteBudget? budget) => budget is null ? limits
        : limits with { MaxOpenBytes = Math.Min(limits.MaxOpenBytes, Math.Max(1, budget.LimitBytes / 3 * 2)) };

    /// <summary>Adds one page to the open batches, or returns it to its pool if the load has failed.</summary>
    private async Task TakeAsync(RowPage page)
    {
        await filling.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        bool isTaken = false;
        try
        {
            if (!HasFailed && !tables.Contains(page.Table)) DatabaseThrow.TableNotOfLoad(page.Table);
            if (!HasFailed && opening is null) await InTurnAsync(BeginInTurnAsync).ConfigureAwait(false);
            if (HasFailed) return;
            await fillCounters.MeasureAsync(async () =>
            {
                await AppendLateAsync(LateRowsMoment.PageTaken, page.Table).ConfigureAwait(false);
                isTaken = true;
                await SendEachAsync(Append(page)).ConfigureAwait(false);
                if (Volatile.Read(ref batchesInTransit) == 0 && accumulator.CloseEarly() is { } early)
                    await SendEachAsync([early]).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Kept and thrown by the commit.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Fail(error);
        }
        finally
        {
            if (!isTaken) page.Dispose();
            filling.Release();
        }
    }

    /// <summary>
    /// Runs after the last page: appends the late rows, then sends all open batches, parents first. Ends when the server has confirmed
    /// them.
    /// </summary>
    private async Task SendOpenAsync()
    {
        if (opening is null) await InTurnAsync(BeginInTurnAsync).ConfigureAwait(false);
        await filling.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (HasFailed) return;
            await fillCounters.MeasureAsync(async () =>
            {
                await AppendLateAsync(LateRowsMoment.End, null).ConfigureAwait(false);
                await HandOnAsync(accumulator.Drain(Plan.ParentsFirst)).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Kept and thrown by the commit.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Fail(error);
        }
        finally
        {
            filling.Release();
            copies.Complete();
        }

        await copies.Completion.ConfigureAwait(false);
    }

    /// <summary>Sends closed batches. Open rows of a batch's parents are sent before it where that is necessary.</summary>
    private async Task SendEachAsync(IReadOnlyList<RowBatch> batches)
    {
        int sent = 0;
        try
        {
            for (; sent < batches.Count; sent++) await SendAsync(batches[sent]).ConfigureAwait(false);
        }
        catch
        {
            foreach (RowBatch batch in batches.Skip(sent)) batch.Dispose();
            throw;
        }
    }

    /// <summary>Sends one batch. If PostgreSQL checks keys row by row, the open rows of its parents are sent first.</summary>
    private async Task SendAsync(RowBatch batch)
    {
        LoadOpening opened = opening!;
        if (opened.ChecksRowsAsTheyCome && opened.ForeignKeys.TablesBefore(Plan.NameOf(batch.Table)) is { Count: > 0 } parents)
        {
            await AppendLateAsync(LateRowsMoment.BeforeBatch, batch.Table).ConfigureAwait(false);
            foreach (QualifiedName parent in parents)
            {
                CopyTable? table = Plan.ParentsFirst.FirstOrDefault(candidate => Plan.NameOf(candidate) == parent);
                if (table is not null && accumulator.Close(table) is { } open) await HandOnAsync([open]).ConfigureAwait(false);
            }
        }

        await HandOnAsync([batch]).ConfigureAwait(false);
    }

    /// <summary>
    /// Appends the caller's late rows. These may overdraw the byte budget: this stage frees the bytes that producers have borrowed, so it
    /// must not wait for them.
    /// </summary>
    /// <remarks>
    /// A page may close the batch of any table. Nothing is sent until all late pages are appended, so that the parents of a child are sent
    /// before it.
    /// </remarks>
    private async Task AppendLateAsync(LateRowsMoment moment, CopyTable? table)
    {
        if (options.LateRows is not { } lateRows) return;
        late.Clear();
        try
        {
            lateRows(moment, table, late);
        }
        catch
        {
            foreach (RowPage page in late) page.Dispose();
            throw;
        }

        if (late.Count == 0) return;
        var closed = new List<RowBatch>();
        foreach (RowPage page in late)
        {
            options.Budget?.Overdraw(page.ByteCount);
            closed.AddRange(Append(page));
        }

        List<CopyTable> order = [.. Plan.ParentsFirst];
        await SendEachAsync([.. closed.OrderBy(batch => order.IndexOf(batch.Table))]).ConfigureAwait(false);
    }

    private IReadOnlyList<RowBatch> Append(RowPage page)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(made, page.Table, out _) += page.RowCount;
        return accumulator.Append(page);
    }

    /// <summary>Checks that the server has confirmed exactly the rows of each table that the load received.</summary>
    private void CheckCounts()
    {
        foreach ((CopyTable table, long rows) in made)
        {
            long confirmed = writer!.Counters.Where(counters => counters.Table.Equals(table)).Sum(counters => counters.Rows);
            if (confirmed != rows) DatabaseThrow.RowsLost(plan.Server, table, rows, confirmed);
        }
    }

    /// <summary>
    /// Hands batches to the sender, and waits while the sender is busy. After a failure the sender returns the pages to their pool.
    /// </summary>
    private async Task HandOnAsync(IReadOnlyList<RowBatch> batches)
    {
        foreach (RowBatch batch in batches)
        {
            long began = Stopwatch.GetTimestamp();
            Interlocked.Increment(ref batchesInTransit);
            if (!await copies.SendAsync(batch).ConfigureAwait(false))
            {
                Interlocked.Decrement(ref batchesInTransit);
                batch.Dispose();
            }

            fillCounters.AddOutputWait(Stopwatch.GetElapsedTime(began));
            fillCounters.CountSent();
        }
    }

    private async ValueTask CopyInTurnAsync(RowBatch batch) => await CopyInTurnAsync([batch]).ConfigureAwait(false);

    private async ValueTask CopyHandedOnAsync(RowBatch batch)
    {
        try
        {
            await CopyInTurnAsync([batch]).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref batchesInTransit);
        }
    }

    /// <summary>Sends batches of different tables in order, with as few round trips as possible.</summary>
    private Task CopyInTurnAsync(IReadOnlyList<RowBatch> batches) => InTurnAsync(async () =>
    {
        using (copyCounters.BeginExternalOperation())
        {
            foreach (RowBatch batch in batches)
            {
                await opening!.Strategy.BeforeBatchAsync(transaction!.Connection, Plan.NameOf(batch.Table), Token).ConfigureAwait(false);
            }

            await writer!.WriteAsync(batches, Token).ConfigureAwait(false);
        }
    }, batches);
}
