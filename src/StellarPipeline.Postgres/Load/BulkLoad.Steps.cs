using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <content>Writing step by step, for a caller to whom the order of tables and of other work between them matters.</content>
public sealed partial class BulkLoad
{
    private bool worksInSteps;

    /// <summary>
    /// Writes rows now: table by table, in the order in which the pages name them first, each in as few batches as the limits allow.
    /// </summary>
    /// <remarks>
    /// Returns when the server has confirmed them. For one caller at a time, and without producers: the caller decides the order, parents
    /// before children. Late rows of <see cref="LoadOptions.LateRows"/> come at the end, as always.
    /// </remarks>
    /// <param name="pages">The pages; whatever happens, the load gives their memory back.</param>
    /// <exception cref="DatabaseException">The server refused a batch; the load is rolled back.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled.</exception>
    public async Task WriteAsync(IReadOnlyList<RowPage> pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        worksInSteps = true;
        int taken = 0;
        await filling.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (!HasFailed && opening is null) await InTurnAsync(BeginInTurnAsync).ConfigureAwait(false);
            var order = new List<CopyTable>();
            while (!HasFailed && taken < pages.Count)
            {
                RowPage page = pages[taken];
                if (!tables.Contains(page.Table)) DatabaseThrow.TableNotOfLoad(page.Table);
                if (!order.Contains(page.Table)) order.Add(page.Table);
                taken++;
                foreach (RowBatch batch in Append(page)) await CopyInTurnAsync(batch).ConfigureAwait(false);
            }

            foreach (CopyTable table in order)
            {
                if (accumulator.Close(table) is { } batch) await CopyInTurnAsync(batch).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Kept and thrown below.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Fail(error);
        }
        finally
        {
            foreach (RowPage page in pages.Skip(taken)) page.Dispose();
            filling.Release();
        }

        if (HasFailed) await ThrowFailureAsync().ConfigureAwait(false);
    }

    /// <summary>Does other work now, between the rows that were written and those that come.</summary>
    /// <param name="step">The work.</param>
    /// <exception cref="DatabaseException">The server refused; the load is rolled back.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled.</exception>
    public async Task RunStepAsync(CommitStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        worksInSteps = true;
        await InTurnAsync(async () =>
        {
            await BeginInTurnAsync().ConfigureAwait(false);
            await RunAsync(step).ConfigureAwait(false);
        }).ConfigureAwait(false);
        if (HasFailed) await ThrowFailureAsync().ConfigureAwait(false);
    }

    /// <summary>Lets no producer in any more; there must have been one, unless the rows came in steps.</summary>
    private void CloseProducers()
    {
        if (worksInSteps) queue.LetNobodyIn();
        else queue.Close();
    }
}
