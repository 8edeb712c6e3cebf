using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <content>Writing step by step, for a caller that decides the order of tables and of other work between them.</content>
public sealed partial class BulkLoad
{
    private bool worksInSteps;

    /// <summary>
    /// Writes rows immediately, table by table in the order of each table's first page, in as few batches as the limits allow.
    /// </summary>
    /// <remarks>
    /// Returns when the server has confirmed the rows. Only one caller at a time, and not together with producers: the caller sends parents
    /// before children. Late rows of <see cref="LoadOptions.LateRows"/> are sent at the end of the load.
    /// </remarks>
    /// <param name="pages">The pages. The load returns them to their pool in every case.</param>
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

            await CopyInTurnAsync([.. order.Select(accumulator.Close).OfType<RowBatch>()]).ConfigureAwait(false);
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

    /// <summary>Runs other work immediately, after the rows written so far and before those written later.</summary>
    /// <param name="step">The work.</param>
    /// <exception cref="DatabaseException">The server refused a statement; the load is rolled back.</exception>
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

    /// <summary>Accepts no further producers. At least one must have been added, unless the rows were written step by step.</summary>
    private void CloseProducers()
    {
        if (worksInSteps) queue.LetNobodyIn();
        else queue.Close();
    }
}
