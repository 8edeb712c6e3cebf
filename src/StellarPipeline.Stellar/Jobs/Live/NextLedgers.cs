using Microsoft.Extensions.Logging;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>
/// The ledgers after those being stored. Their transaction opens on a second connection. Their history is sent while the balances of the
/// present ledgers are written and committed.
/// </summary>
/// <remarks>
/// This only saves time: nothing of the next transaction is committed before the present one, and if anything fails, the next ledgers are
/// stored like those that were not begun. The two transactions cannot deadlock: the present one has written all rows that both may have
/// in common (assets, contracts) when the next one writes its first row. The next one takes no connection before the present one has its
/// own: if the pool is small, the present one does not wait for the next one. For one caller at a time.
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
    private Task? presentOpened;
    private int failures;

    /// <summary>Takes the next ledgers if some are ready, and opens their transaction if that is possible.</summary>
    /// <param name="present">The ledgers to be stored before.</param>
    /// <param name="cancellationToken">Rolls back the transaction.</param>
    /// <returns>To be called when the history of the present ledgers is sent: then that of the next ones is sent too. If none were ready
    /// before, or the present ones had no transaction yet, tries again.</returns>
    public Action Begin(IReadOnlyList<LedgerWork> present, CancellationToken cancellationToken)
    {
        Action? historySent = presentOpened is { } opened ? TryBegin(present, opened, cancellationToken) : null;
        return historySent ?? (() => TryBegin(present, Task.CompletedTask, cancellationToken)?.Invoke());
    }

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
    /// <returns>The transaction; the caller disposes it. Null if it did not begin, or was rolled back; then the caller also rolls back the
    /// one after it.</returns>
    public Task<LedgerTransaction?> TakeTransactionAsync(IReadOnlyList<LedgerWork> group)
    {
        NextTransaction? taken = transaction;
        transaction = null;
        presentOpened = taken?.First == group[0].Facts.Ledger ? taken.Opened.Task : null;
        return taken is null ? Task.FromResult<LedgerTransaction?>(null) : TakeAsync(taken, group[0].Facts.Ledger);
    }

    /// <summary>Rolls back the transaction. The ledgers are kept.</summary>
    public async Task RollBackAsync()
    {
        if (transaction is { } begun) await RollBackAsync(begun).ConfigureAwait(false);
        transaction = null;
    }

    /// <summary>Rolls back the transaction and releases the ledgers.</summary>
    public async ValueTask DisposeAsync()
    {
        await RollBackAsync().ConfigureAwait(false);
        foreach (LedgerWork ledger in TakeLedgers() ?? []) ledger.Dispose();
    }

    private Action? TryBegin(IReadOnlyList<LedgerWork> present, Task opened, CancellationToken cancellationToken)
    {
        if (failures >= MostFailures || ledgers is not null || !commit.CanBeginNext || take() is not { } next) return null;
        ledgers = next;
        var begun = new NextTransaction(next[0].Facts.Ledger, CancellationTokenSource.CreateLinkedTokenSource(cancellationToken));
        begun.Beginning = commit.BeginNextAsync(
            next, new PresentLedgers(present, opened, begun.HistorySent.Task, begun.PresentStored.Task),
            () => begun.Opened.TrySetResult(), begun.Stop.Token);
        transaction = begun;
        return () => begun.HistorySent.TrySetResult();
    }

    private async Task<LedgerTransaction?> TakeAsync(NextTransaction begun, uint first)
    {
        if (begun.First == first)
        {
            // If another process has stored the present ledgers, nobody has sent their history.
            begun.HistorySent.TrySetResult();
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

    private sealed class NextTransaction(uint first, CancellationTokenSource stop)
    {
        public uint First => first;

        public CancellationTokenSource Stop => stop;

        public Task<LedgerTransaction> Beginning { get; set; } = null!;

        public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource HistorySent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource PresentStored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
