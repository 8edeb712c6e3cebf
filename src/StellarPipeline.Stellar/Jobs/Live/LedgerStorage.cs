using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Stores ledgers. Retries transient failures, and reports permanent ones with the row that caused them.</summary>
/// <remarks>For one caller at a time.</remarks>
/// <param name="projector">Encodes rows again if an attempt has used them up.</param>
/// <param name="commit">Stores the ledgers.</param>
/// <param name="writerLock">The lock that one process holds at a time.</param>
/// <param name="attempts">The number of attempts and the waits between them.</param>
/// <param name="tally">Counts what was stored.</param>
/// <param name="next">The ledgers after those being stored.</param>
internal sealed class LedgerStorage(
    LedgerProjector projector, LedgerCommit commit, WriterLock writerLock, RunAttempts attempts, LiveTally tally,
    NextLedgers next)
{
    private readonly ByteBudget again = new(long.MaxValue);

    /// <summary>Stores ledgers in one transaction if possible, else one by one.</summary>
    /// <param name="group">Consecutive ledgers.</param>
    /// <param name="cancellationToken">Rolls back the transaction, unless COMMIT has been sent.</param>
    /// <exception cref="LiveException">The server refused a row. The message names the ledger and, if the server tells, the transaction and
    /// operation.</exception>
    /// <exception cref="PipelineException">The last attempt failed.</exception>
    public async Task StoreAsync(IReadOnlyList<LedgerWork> group, CancellationToken cancellationToken)
    {
        try
        {
            CommitReport? report = await attempts.RunAsync(async (_, token) =>
            {
                Task<LedgerTransaction?> sending = next.TakeTransactionAsync(group);
                Action historySent = next.Begin(group, cancellationToken);
                LedgerTransaction? begun = await sending.ConfigureAwait(false);

                // These ledgers are stored from their beginning, so those after them must wait.
                if (begun is null) await next.RollBackAsync().ConfigureAwait(false);
                try
                {
                    await writerLock.EnsureAsync(token).ConfigureAwait(false);

                    // A failed transaction has used up the pages.
                    foreach (LedgerWork ledger in group.Where(ledger => begun is null && !ledger.HasRows))
                        await ledger.ProjectAsync(projector, again, token).ConfigureAwait(false);
                    return await commit.StoreAsync(group, begun, historySent, token).ConfigureAwait(false);
                }
                catch
                {
                    // Nothing may keep locks while the next attempt waits.
                    if (begun is not null) await commit.RollBackAsync(begun).ConfigureAwait(false);
                    await next.RollBackAsync().ConfigureAwait(false);
                    throw;
                }
            }, cancellationToken).ConfigureAwait(false);
            tally.Count(group, report);
        }
        catch (Exception error) when (error is DatabaseException or LoadRefusedException && !LiveFailure.Passes(error))
        {
            if (group.Count == 1)
            {
                RefusedRow? row = await FindAsync(group[0], error, cancellationToken).ConfigureAwait(false);
                throw LiveThrow.Refused(group[0].Facts.Ledger, row, error);
            }

            // One by one: the ledgers before the refused one are stored, and the refused one is named.
            foreach (LedgerWork ledger in group) await StoreAsync([ledger], cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<RefusedRow?> FindAsync(LedgerWork ledger, Exception error, CancellationToken cancellationToken)
    {
        if (!ledger.HasRows) await ledger.ProjectAsync(projector, again, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<RowPage> pages = ledger.TakePages();
        try
        {
            return RefusedRow.Find(pages, error);
        }
        finally
        {
            foreach (RowPage page in pages) page.Dispose();
        }
    }
}
