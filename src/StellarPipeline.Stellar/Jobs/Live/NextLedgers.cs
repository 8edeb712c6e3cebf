using Microsoft.Extensions.Logging;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>
/// The ledgers after those being stored. Their transaction opens on a second connection. Their history is sent while the balances of the
/// present ledgers are written and committed.
/// </summary>
/// <remarks>
/// This only saves time: nothing of the next transaction is committed before the present one, and if anything fails, the next ledgers are
/// stored like those that were not begun. The two transactions cannot deadlock: the present one has written all rows that both may have
/// in common (assets, contracts) when the next one writes its first row. For one caller at a time.
/// </remarks>
/// <param name="take">Takes ledgers that are ready; null if there are none, or no more should be stored.</param>
/// <param name="commit">Begins their transaction.</param>
/// <param name="logger">Logs a transaction that could not be begun.</param>
internal sealed class NextLedgers(Func<IReadOnlyList<LedgerWork>?> take, LedgerCommit commit, ILogger logger) : IAsyncDisposable
{
    // If the server allows this role only the connections it had, trying again for every ledger would be of no use.
    private const int MostFailures = 3;

    private IReadOnlyList<LedgerWork>? ledgers;
    private NextTransaction? transaction;
    private int failures;

    /// <summary>Takes the next ledgers if some are ready, and opens their transaction if that is possible.</summary>
    /// <param name="present">The ledgers to be stored before.</param>
    /// <param name="cancellationToken">Rolls back the transaction.</param>
    /// <returns>To be called when the history of the present ledgers is sent: then that of the next ones is sent too. If none were ready
    /// before, tries again.</returns>
    public Action Begin(IReadOnlyList<LedgerWork> present, CancellationToken cancellationToken) =>
        TryBegin(present, cancellationToken) ?? (() => TryBegin(present, cancellationToken)?.Invoke());

    /// <summary>Returns the ledgers that were taken; null if there are none.</summary>
    public IReadOnlyList<LedgerWork>? TakeLedgers()
    {
        IReadOnlyList<LedgerWork>? taken = ledgers;
        ledgers = null;
        return taken;
    }

    /// <summary>
    /// Returns the transaction of some ledgers when their history is sent. Rolls back a transaction of others. <see cref="Begin"/> may be
    /// called before the task has ended.
    /// </summary>
    /// <param name="group">The ledgers to be stored. Those before them are committed.</param>
    /// <returns>The transaction; the caller disposes it. Null if it did not begin, or was rolled back.</returns>
    public Task<LedgerTransaction?> TakeTransactionAsync(IReadOnlyList<LedgerWork> group)
    {
        NextTransaction? taken = transaction;
        transaction = null;
        return taken is null ? Task.FromResult<LedgerTransaction?>(null) : TakeAsync(taken, group[0].Facts.Ledger);
    }

    /// <summary>Rolls back the transaction and releases the ledgers.</summary>
    public async ValueTask DisposeAsync()
    {
        if (transaction is { } begun) await RollBackAsync(begun).ConfigureAwait(false);
        transaction = null;
        foreach (LedgerWork ledger in TakeLedgers() ?? []) ledger.Dispose();
    }

    private Action? TryBegin(IReadOnlyList<LedgerWork> present, CancellationToken cancellationToken)
    {
        if (failures >= MostFailures || ledgers is not null || !commit.CanBeginNext || take() is not { } next) return null;
        ledgers = next;
        var historySent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        transaction = new NextTransaction(
            next[0].Facts.Ledger, commit.BeginNextAsync(next, present, historySent.Task, stored.Task, stop.Token), stored, stop);
        return () => historySent.TrySetResult();
    }

    private async Task<LedgerTransaction?> TakeAsync(NextTransaction begun, uint first)
    {
        if (begun.First == first)
        {
            begun.PresentStored.TrySetResult();
            await ((Task)begun.Beginning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (begun.Beginning.IsCompletedSuccessfully)
            {
                LedgerTransaction taken = await begun.Beginning.ConfigureAwait(false);
                taken.Owned = begun.Stop;
                failures = 0;
                return taken;
            }

            failures++;
            if (begun.Beginning.Exception?.InnerException is { } error) StellarLog.LiveNextFailed(logger, begun.First, error.Message);

            // These ledgers are stored from their beginning, so those after them must wait.
            if (transaction is { } later) await RollBackAsync(later).ConfigureAwait(false);
            transaction = null;
        }

        await RollBackAsync(begun).ConfigureAwait(false);
        return null;
    }

    private async Task RollBackAsync(NextTransaction begun)
    {
        await begun.Stop.CancelAsync().ConfigureAwait(false);
        await ((Task)begun.Beginning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (begun.Beginning.IsCompletedSuccessfully)
            await commit.RollBackAsync(await begun.Beginning.ConfigureAwait(false)).ConfigureAwait(false);
        begun.Stop.Dispose();
    }

    private sealed record NextTransaction(
        uint First, Task<LedgerTransaction> Beginning, TaskCompletionSource PresentStored, CancellationTokenSource Stop);
}
