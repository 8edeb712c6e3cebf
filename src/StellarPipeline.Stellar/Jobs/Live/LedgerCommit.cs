using System.Collections.Concurrent;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Live.Tokens;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Stores one or more ledgers in one transaction of six steps.</summary>
/// <remarks>
/// <see cref="LedgerTransaction"/> has the steps. A failed transaction leaves nothing. For one caller at a time.
/// </remarks>
/// <param name="plan">The plan of the load.</param>
/// <param name="network">The network.</param>
/// <param name="options">The options of the run.</param>
/// <param name="codes">Finds contracts whose code is in the database.</param>
/// <param name="channelAccounts">The table of channel accounts; null if there is none.</param>
/// <param name="tokens">Finds new contracts and asks them for their metadata.</param>
internal sealed class LedgerCommit(
    LoadPlan plan, StellarNetwork network, LiveOptions options, KnownCodes codes, CopyTable? channelAccounts, NewTokens tokens)
{
    // The same interval as wallet-backend's.
    private const uint OldestEvery = 100;

    // Transactions take these locks in turn, because the next one opens before the present one has ended. If an attempt was cut off, its
    // session still holds its lock. The next attempt finds and terminates it.
    private readonly AdvisoryLock[] locks =
    [
        .. new[] { "transaction", "transaction 2", "transaction 3" }.Select(name => new AdvisoryLock(
            StellarNetwork.IngestLockKey($"{network.Passphrase} {name}"), $"a transaction of live ingestion of {network.Name}")),
    ];

    private readonly List<ServerSession> lost = [];
    private readonly ConcurrentDictionary<(uint First, uint Last), TokenFindings> found = [];
    private LoadPlan plan = plan;
    private uint? firstStored;
    private int number;

    // Until the first transaction has looked, a transaction of a process that has ended may still be open, and hold any of the locks.
    private bool hasLooked;

    /// <summary>Whether the transaction of the next ledgers may begin before the present one has ended.</summary>
    public bool CanBeginNext
    {
        get
        {
            lock (lost) return hasLooked && lost.Count == 0;
        }
    }

    /// <summary>Begins the transaction of the next ledgers: finds their contracts, then sends their history.</summary>
    /// <remarks>The rest of this object may be used while the task runs.</remarks>
    /// <param name="ledgers">Consecutive ledgers with their rows. Their pages are used up.</param>
    /// <param name="present">The ledgers before them, which are being stored. Until their history is sent, nothing but the opening is
    /// done.</param>
    /// <param name="opened">Called when the transaction is open.</param>
    /// <param name="cancellationToken">Rolls back the transaction.</param>
    /// <returns>The transaction; <see cref="StoreAsync"/> ends it. After an exception it is rolled back.</returns>
    /// <exception cref="DatabaseException">The server refused a statement, failed, or the connection broke.</exception>
    public Task<LedgerTransaction> BeginNextAsync(
        IReadOnlyList<LedgerWork> ledgers, PresentLedgers present, Action opened, CancellationToken cancellationToken)
    {
        int which = number + 1;
        LoadPlan current = plan;
        return Task.Run(async () =>
        {
            LedgerTransaction transaction =
                await BeginAsync(current, which, ledgers, present.Ledgers, cancellationToken).ConfigureAwait(false);
            try
            {
                await present.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
                await transaction.OpenAsync().ConfigureAwait(false);
                opened();
                Task before = UsesCodesOf(present.Ledgers, ledgers) ? present.Stored : present.HistorySent;
                await before.WaitAsync(cancellationToken).ConfigureAwait(false);
                await transaction.SendHistoryAsync(tokens).ConfigureAwait(false);
                return transaction;
            }
            catch
            {
                await RollBackAsync(transaction).ConfigureAwait(false);
                throw;
            }
        }, CancellationToken.None);
    }

    /// <summary>Stores ledgers.</summary>
    /// <param name="ledgers">Consecutive ledgers with their rows. Their pages are used up.</param>
    /// <param name="begun">Their transaction, if it has begun and their history is sent; else null. This method disposes it.</param>
    /// <param name="historySent">Called when their history is sent, and the ledgers before are committed.</param>
    /// <param name="cancellationToken">Rolls back the transaction, unless COMMIT has been sent.</param>
    /// <returns>What was stored; null if an earlier attempt, whose COMMIT got no answer, had already stored the ledgers.</returns>
    /// <exception cref="LiveException">The cursor is not at the ledger before the first one.</exception>
    /// <exception cref="DatabaseException">The server refused a statement, failed, or the connection broke.</exception>
    public async Task<CommitReport?> StoreAsync(
        IReadOnlyList<LedgerWork> ledgers, LedgerTransaction? begun, Action historySent, CancellationToken cancellationToken)
    {
        uint first = ledgers[0].Facts.Ledger;
        uint last = ledgers[^1].Facts.Ledger;
        firstStored ??= first;
        bool readsOldest = first == firstStored || first / OldestEvery != last / OldestEvery || last % OldestEvery == 0;
        LedgerTransaction transaction = begun ?? await BeginAsync(plan, number, ledgers, [], cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            try
            {
                bool isStored = !await transaction.LookAsync(readsOldest).ConfigureAwait(false);
                hasLooked = true;

                // A session of the next ledgers that was lost meanwhile stays.
                lock (lost) lost.RemoveAll(transaction.EndedSessions.Contains);
                if (isStored)
                {
                    number++;
                    Remember(transaction, ledgers);
                    return null;
                }

                if (begun is null) await transaction.SendHistoryAsync(tokens).ConfigureAwait(false);
                historySent();
                plan = await transaction.CommitAsync(channelAccounts, cancellationToken).ConfigureAwait(false);
                number++;
                Remember(transaction, ledgers);
                return transaction.Report;
            }
            catch
            {
                Lost(transaction);
                throw;
            }
        }
    }

    /// <summary>Rolls back a transaction of the next ledgers.</summary>
    public async Task RollBackAsync(LedgerTransaction transaction)
    {
        Lost(transaction);
        await transaction.DisposeAsync().ConfigureAwait(false);
    }

    // The server may not know yet that the session is lost; the next attempt terminates it.
    private void Lost(LedgerTransaction transaction)
    {
        if (transaction.Session is not { } session) return;
        lock (lost)
        {
            if (!lost.Contains(session)) lost.Add(session);
        }
    }

    // PostgreSQL refuses a row whose parent is not committed.
    private static bool UsesCodesOf(IReadOnlyList<LedgerWork> present, IReadOnlyList<LedgerWork> ledgers)
    {
        HashSet<Hash256> codes = [.. present.SelectMany(static ledger => ledger.State.Codes)];
        return codes.Count > 0
            && ledgers.Any(ledger => ledger.State.ContractsOfOtherCode.Any(contract => codes.Contains(contract.Code)));
    }

    private void Remember(LedgerTransaction transaction, IReadOnlyList<LedgerWork> ledgers)
    {
        tokens.Stored(transaction.Findings);
        codes.Stored(ledgers);

        // Groups of these ledgers that were divided since are no longer needed either.
        foreach ((uint First, uint Last) key in found.Keys.Where(key => key.Last <= ledgers[^1].Facts.Ledger)) found.TryRemove(key, out _);
    }

    private async Task<LedgerTransaction> BeginAsync(
        LoadPlan current, int which, IReadOnlyList<LedgerWork> ledgers, IReadOnlyList<LedgerWork> present,
        CancellationToken cancellationToken)
    {
        // Another attempt does not ask the contracts again.
        (uint First, uint Last) key = (ledgers[0].Facts.Ledger, ledgers[^1].Facts.Ledger);
        if (!found.TryGetValue(key, out TokenFindings? findings))
        {
            findings = await tokens.FindAsync(ledgers, present, cancellationToken).ConfigureAwait(false);
            found[key] = findings;
        }

        RowPage?[] contracts = await codes.RowsAsync(ledgers, present, cancellationToken).ConfigureAwait(false);
        ServerSession[] cutOff;
        lock (lost) cutOff = [.. lost];

        // Without a session that was cut off, the transactions before this one have ended: COMMIT was answered.
        int[] ended = cutOff.Length > 0 || !hasLooked ? [1, 2] : [];
        return new LedgerTransaction(
            current, ledgers, contracts, findings,
            new LoadTransactionOptions
            {
                LockTimeout = options.LockTimeout,
                AdvisoryLocks = [locks[which % locks.Length]],
                LostSessions = cutOff,
            },
            [.. ended.Select(after => locks[(which + after) % locks.Length])], cancellationToken);
    }
}
