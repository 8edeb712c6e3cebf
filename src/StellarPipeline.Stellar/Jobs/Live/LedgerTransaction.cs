using System.Diagnostics;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Live.Tokens;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.State;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>
/// The transaction of one or more ledgers: six steps, of which the first three may run before the ledgers before are committed.
/// </summary>
/// <remarks>
/// The rows are encoded before the transaction opens, so that the connection only sends bytes. Disposing it before
/// <see cref="CommitAsync"/> has succeeded rolls it back. For one caller at a time.
/// </remarks>
internal sealed class LedgerTransaction : IAsyncDisposable
{
    private readonly IReadOnlyList<LedgerWork> ledgers;
    private readonly LedgerPages pages;
    private readonly IReadOnlyList<AdvisoryLock> endedLocks;
    private readonly BulkLoad load;

    /// <summary>Makes a transaction. It opens with its first step.</summary>
    /// <param name="plan">The plan of the load.</param>
    /// <param name="ledgers">Consecutive ledgers with their rows. Their pages are used up.</param>
    /// <param name="contracts">Rows of contracts whose code is not in their own ledger, a page per ledger.</param>
    /// <param name="findings">What is known about their new contracts.</param>
    /// <param name="options">Locks and settings.</param>
    /// <param name="endedLocks">The locks of transactions that must have ended before <see cref="LookAsync"/>.</param>
    /// <param name="cancellationToken">Rolls back the transaction, unless COMMIT has been sent.</param>
    public LedgerTransaction(
        LoadPlan plan, IReadOnlyList<LedgerWork> ledgers, IReadOnlyList<RowPage?> contracts, TokenFindings findings,
        LoadTransactionOptions options, IReadOnlyList<AdvisoryLock> endedLocks, CancellationToken cancellationToken)
    {
        this.ledgers = ledgers;
        Findings = findings;
        this.endedLocks = endedLocks;
        EndedSessions = options.LostSessions;
        Report = new CommitReport(ledgers);
        pages = new LedgerPages(ledgers, contracts);
        load = plan.NewLoad(
            new LoadOptions
            {
                Transaction = options,
                Opened = transaction => Session = transaction.Session,
                CommitSteps = [new CommitStep("move cursor", MoveAsync) { ShowsStage = true }],
            },
            cancellationToken);
    }

    /// <summary>What the transaction did so far.</summary>
    public CommitReport Report { get; }

    /// <summary>The server's session; null before it is open.</summary>
    public ServerSession? Session { get; private set; }

    /// <summary>Sessions of earlier attempts. After <see cref="LookAsync"/> none of them holds a lock.</summary>
    public IReadOnlyList<ServerSession> EndedSessions { get; }

    /// <summary>The first ledger.</summary>
    public uint First => ledgers[0].Facts.Ledger;

    /// <summary>What is known about new contracts of the ledgers.</summary>
    public TokenFindings Findings { get; }

    /// <summary>Disposed with this transaction; null for nothing.</summary>
    public IDisposable? Owned { get; set; }

    private uint Last => ledgers[^1].Facts.Ledger;

    /// <summary>Opens the transaction: connection, settings, locks of the tables, check of the plan. Else the first step does it.</summary>
    /// <exception cref="DatabaseException">The server refused a statement, failed, or the connection broke.</exception>
    public Task OpenAsync() => load.BeginAsync();

    /// <summary>Steps 1 to 3: parents of the balances, and history. They need nothing of the ledgers before.</summary>
    /// <param name="tokens">Stores what is known about new contracts.</param>
    /// <exception cref="DatabaseException">The server refused a statement, failed, or the connection broke.</exception>
    public async Task SendHistoryAsync(NewTokens tokens)
    {
        await Report.MeasureAsync("assets", () => load.WriteAsync(pages.Take(StateTables.Assets))).ConfigureAwait(false);
        await Report.MeasureAsync("contracts", () => load.WriteAsync(pages.Take(StateTables.Contracts))).ConfigureAwait(false);
        if (Findings.Described.Count + Findings.Pending.Count > 0)
        {
            await Report.MeasureAsync("tokens", () => load.RunStepAsync(new CommitStep(
                "describe tokens", (transaction, token) => tokens.StoreAsync(transaction, Findings, token)))).ConfigureAwait(false);
        }

        await Report.MeasureAsync("history", () => load.WriteAsync(pages.Take(HistoryTables.All))).ConfigureAwait(false);
    }

    /// <summary>
    /// Checks that the transaction of the ledgers before has ended, and reads the cursor. This detects an earlier attempt whose COMMIT
    /// succeeded without an answer, and reports another writer as such instead of as a duplicate key.
    /// </summary>
    /// <param name="readsOldest">Whether to read oldest_ingest_ledger, for the report.</param>
    /// <returns>False if an earlier attempt has stored the ledgers.</returns>
    /// <exception cref="LiveException">The cursor is not at the ledger before the first one.</exception>
    public async Task<bool> LookAsync(bool readsOldest)
    {
        bool isStored = false;
        await load.RunStepAsync(new CommitStep("read cursor", LookAsync) { ShowsStage = true }).ConfigureAwait(false);
        return !isStored;

        async Task LookAsync(LoadTransaction transaction, CancellationToken token)
        {
            foreach (AdvisoryLock ended in endedLocks) await transaction.RequireFreeAsync(ended, token).ConfigureAwait(false);
            IReadOnlyDictionary<string, string> rows = await new IngestStore(transaction).ReadAsync(
                [IngestStore.Latest, IngestStore.Oldest, LedgerMark.Key], token).ConfigureAwait(false);
            uint? cursor = IngestStore.LedgerOf(rows, IngestStore.Latest);
            isStored = cursor == Last && LedgerMark.In(rows) is { } mark && mark.Hash == ledgers[^1].Link.LastHash;
            if (readsOldest) Report.Oldest = IngestStore.LedgerOf(rows, IngestStore.Oldest);
            if (!isStored && cursor != First - 1) throw LiveThrow.CursorMoved(First - 1, cursor, First, Last);
        }
    }

    /// <summary>Steps 4 to 6: channel accounts, balances and the cursor; then COMMIT.</summary>
    /// <param name="channelAccounts">The table of channel accounts; null if there is none.</param>
    /// <param name="cancellationToken">Rolls back the transaction, unless COMMIT has been sent.</param>
    /// <returns>The plan as confirmed.</returns>
    /// <exception cref="DatabaseException">The server refused a statement, failed, or the connection broke.</exception>
    public async Task<LoadPlan> CommitAsync(CopyTable? channelAccounts, CancellationToken cancellationToken)
    {
        if (channelAccounts is not null)
        {
            await Report.MeasureAsync("unlock", () => load.RunStepAsync(
                new CommitStep("unlock channel accounts", UnlockAsync) { ShowsStage = true })).ConfigureAwait(false);
        }

        await Report.MeasureAsync("balances", () => load.WriteAsync(pages.Take(StateTables.Balances))).ConfigureAwait(false);
        LoadResult result = await Report.MeasureAsync("commit", () => load.CommitAsync(cancellationToken)).ConfigureAwait(false);
        Report.Take(result);
        return result.Plan;

        async Task UnlockAsync(LoadTransaction transaction, CancellationToken token)
        {
            string[] hashes = [.. ledgers.SelectMany(static ledger => ledger.Facts.TransactionHashes)];
            string sql = $"""
                UPDATE {transaction.Resolve(channelAccounts).QualifiedName} SET locked_tx_hash = NULL, locked_at = NULL, locked_until =
                  NULL
                WHERE locked_tx_hash = ANY ($1)
                """;
            Report.UnlockedAccounts = await transaction.RunAsync(sql, [hashes], token).ConfigureAwait(false);
        }
    }

    /// <summary>Rolls the transaction back unless it was committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await load.DisposeAsync().ConfigureAwait(false);
        pages.Dispose();
        Owned?.Dispose();
    }

    // The guard, and the last step: if another process has moved the cursor, it is not overwritten, and the transaction is rolled back.
    private async Task MoveAsync(LoadTransaction transaction, CancellationToken token)
    {
        long began = Stopwatch.GetTimestamp();
        await new IngestStore(transaction).UpdateGuardedAsync(
            IngestStore.Latest, [First - 1], Last, new LedgerMark(Last, ledgers[^1].Link.LastHash).Row, token).ConfigureAwait(false);
        Report.Add("cursor", Stopwatch.GetElapsedTime(began));
    }
}
