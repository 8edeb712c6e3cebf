using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Dataflow;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <content>The way of pages into batches, and of batches to the server: one is filled while the one before is sent.</content>
public sealed partial class BulkLoad
{
    private readonly HashSet<CopyTable> tables;
    private readonly RowAccumulator accumulator;
    private readonly ActionBlock<RowBatch> copies;
    private readonly StageCounters fillCounters = new("accumulate", 1);
    private readonly StageCounters copyCounters = new("copy", 1);

    private readonly Dictionary<CopyTable, long> made = [];
    private readonly List<RowPage> late = [];

    // One at a time fills batches: pages come from the queue's worker, the end and a roll-back from elsewhere.
    private readonly SemaphoreSlim filling = new(1, 1);

    /// <summary>Takes over one page: into the open batches, or back into its pool when the load has failed.</summary>
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
    /// After the last page: rows that only the end decides, then all open batches, parents first. Ends when the server has them.
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

    /// <summary>Sends closed batches, each with the parents that must go before it.</summary>
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

    /// <summary>Sends one batch; where PostgreSQL checks rows as they come, the open rows of its parents go first.</summary>
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
    /// Appends rows of the caller's that come late. They overdraw the budget: this stage empties what others have borrowed, so it must not
    /// wait for them.
    /// </summary>
    /// <remarks>
    /// A page may close the batch of any table. Nothing is sent before all pages are in: a child must find the open parents that it refers
    /// to.
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

    /// <summary>Out = in: the server has confirmed as many rows of every table as came.</summary>
    private void CheckCounts()
    {
        foreach ((CopyTable table, long rows) in made)
        {
            long confirmed = writer!.Counters.Where(counters => counters.Table.Equals(table)).Sum(counters => counters.Rows);
            if (confirmed != rows) DatabaseThrow.RowsLost(plan.Server, table, rows, confirmed);
        }
    }

    /// <summary>Hands batches to the sender, waiting while it has one. One that has failed takes them and gives them back.</summary>
    private async Task HandOnAsync(IReadOnlyList<RowBatch> batches)
    {
        foreach (RowBatch batch in batches)
        {
            long began = Stopwatch.GetTimestamp();
            if (!await copies.SendAsync(batch).ConfigureAwait(false)) batch.Dispose();
            fillCounters.AddOutputWait(Stopwatch.GetElapsedTime(began));
            fillCounters.CountSent();
        }
    }

    private async ValueTask CopyInTurnAsync(RowBatch batch) => await InTurnAsync(async () =>
    {
        using (batch)
        using (copyCounters.BeginExternalOperation())
        {
            await opening!.Strategy.BeforeBatchAsync(transaction!.Connection, Plan.NameOf(batch.Table), Token).ConfigureAwait(false);
            await writer!.WriteAsync(batch, Token).ConfigureAwait(false);
        }
    }, batch).ConfigureAwait(false);
}
