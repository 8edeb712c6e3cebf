using Microsoft.Extensions.Logging;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>
/// The ledgers after those being stored. While the balances of the present ledgers are written and committed, the history of the next ones
/// is sent on a second connection.
/// </summary>
/// <remarks>
/// This only saves time: nothing of the next transaction is committed before the present one, and if anything fails, the next ledgers are
/// stored like those that were not begun. The two transactions cannot deadlock: the present one has written all rows that both may have
/// in common (assets, contracts) when the next one begins. For one caller at a time.
/// </remarks>
/// <param name="take">Takes ledgers that are ready; null if there are none, or no more should be stored.</param>
/// <param name="commit">Begins their transaction.</param>
/// <param name="logger">Logs a transaction that could not be begun.</param>
internal sealed class NextLedgers(Func<IReadOnlyList<LedgerWork>?> take, LedgerCommit commit, ILogger logger) : IAsyncDisposable
{
    // If the server allows this role only the connections it had, trying again for every ledger would be of no use.
    private const int MostFailures = 3;

    private IReadOnlyList<LedgerWork>? ledgers;
    private (uint First, Task<LedgerTransaction> Beginning, CancellationTokenSource Stop)? transaction;
    private int failures;

    /// <summary>Takes the next ledgers if some are ready, and begins their transaction if that is possible.</summary>
    /// <param name="present">The ledgers being stored. Their history is sent.</param>
    /// <param name="cancellationToken">Rolls back the transaction.</param>
    public void Begin(IReadOnlyList<LedgerWork> present, CancellationToken cancellationToken)
    {
        if (failures >= MostFailures || ledgers is not null || !commit.CanBeginNext || take() is not { } next) return;
        ledgers = next;
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        transaction = (next[0].Facts.Ledger, commit.BeginNextAsync(next, present, stop.Token), stop);
    }

    /// <summary>Returns the ledgers that were taken; null if there are none.</summary>
    public IReadOnlyList<LedgerWork>? TakeLedgers()
    {
        IReadOnlyList<LedgerWork>? taken = ledgers;
        ledgers = null;
        return taken;
    }

    /// <summary>Returns the transaction of some ledgers when their history is sent. Rolls back a transaction of others.</summary>
    /// <param name="group">The ledgers to be stored.</param>
    /// <returns>The transaction; the caller disposes it. Null if it did not begin, or was rolled back.</returns>
    public async Task<LedgerTransaction?> TakeTransactionAsync(IReadOnlyList<LedgerWork> group)
    {
        if (transaction is not { } begun) return null;
        if (begun.First == group[0].Facts.Ledger)
        {
            await ((Task)begun.Beginning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (begun.Beginning.IsCompletedSuccessfully)
            {
                LedgerTransaction taken = await begun.Beginning.ConfigureAwait(false);
                taken.Owned = begun.Stop;
                transaction = null;
                failures = 0;
                return taken;
            }

            failures++;
            if (begun.Beginning.Exception?.InnerException is { } error) StellarLog.LiveNextFailed(logger, begun.First, error.Message);
        }

        await RollBackAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>Rolls back the transaction and releases the ledgers.</summary>
    public async ValueTask DisposeAsync()
    {
        await RollBackAsync().ConfigureAwait(false);
        foreach (LedgerWork ledger in TakeLedgers() ?? []) ledger.Dispose();
    }

    private async Task RollBackAsync()
    {
        if (transaction is not { } begun) return;
        transaction = null;
        await begun.Stop.CancelAsync().ConfigureAwait(false);
        await ((Task)begun.Beginning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (begun.Beginning.IsCompletedSuccessfully)
            await commit.RollBackAsync(await begun.Beginning.ConfigureAwait(false)).ConfigureAwait(false);
        begun.Stop.Dispose();
    }
}
