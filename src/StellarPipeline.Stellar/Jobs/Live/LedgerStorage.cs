using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Live.Tokens;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Stores ledgers until they are stored, or would never be: tries again what passes, and names what does not.</summary>
/// <remarks>For one caller at a time.</remarks>
/// <param name="projector">Makes rows again, where an attempt has used them up.</param>
/// <param name="commit">Stores them.</param>
/// <param name="tokens">Finds and asks new contracts, before the transaction.</param>
/// <param name="writerLock">Held by one process at a time.</param>
/// <param name="attempts">How often is tried.</param>
/// <param name="tally">Told of what was stored.</param>
internal sealed class LedgerStorage(
    LedgerProjector projector, LedgerCommit commit, NewTokens tokens, WriterLock writerLock, RunAttempts attempts, LiveTally tally)
{
    private readonly ByteBudget again = new(long.MaxValue);

    /// <summary>Stores ledgers, in one transaction where that goes.</summary>
    /// <param name="group">Consecutive ledgers.</param>
    /// <param name="cancellationToken">Rolls the transaction back; not while COMMIT is out.</param>
    /// <exception cref="LiveException">A row was refused; ledger, transaction and operation are named as far as the server says
    /// it.</exception>
    /// <exception cref="PipelineException">The attempts are used up.</exception>
    public async Task StoreAsync(IReadOnlyList<LedgerWork> group, CancellationToken cancellationToken)
    {
        try
        {
            TokenFindings? findings = null;
            CommitReport? report = await attempts.RunAsync(async (_, token) =>
            {
                await writerLock.EnsureAsync(token).ConfigureAwait(false);
                // A transaction that failed has used up the pages.
                foreach (LedgerWork ledger in group.Where(static ledger => !ledger.HasRows))
                    await ledger.ProjectAsync(projector, again, token).ConfigureAwait(false);
                findings ??= await tokens.FindAsync(group, token).ConfigureAwait(false);
                return await commit.StoreAsync(group, findings, token).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
            tokens.Stored(findings!);
            tally.Count(group, report);
        }
        catch (Exception error) when (error is DatabaseException or LoadRefusedException && !LiveFailure.Passes(error))
        {
            if (group.Count == 1)
            {
                RefusedRow? row = await FindAsync(group[0], error, cancellationToken).ConfigureAwait(false);
                throw LiveThrow.Refused(group[0].Facts.Ledger, row, error);
            }

            // One by one: those before the one that is refused are stored, and it is named.
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
