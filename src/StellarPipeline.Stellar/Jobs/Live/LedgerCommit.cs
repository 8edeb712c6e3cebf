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

/// <summary>Stores one or more ledgers in one transaction of six steps.</summary>
/// <remarks>
/// <see cref="StoreAsync"/> shows the steps in order. The rows of all ledgers are encoded before the transaction opens, so that the
/// connection only sends bytes. A failed transaction leaves nothing. For one caller at a time.
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

    // One transaction at a time: if an attempt was cut off, its session still holds this lock. The next attempt finds and terminates it.
    private readonly AdvisoryLock transactionLock = new(
        StellarNetwork.IngestLockKey($"{network.Passphrase} transaction"), $"a transaction of live ingestion of {network.Name}");

    private readonly List<ServerSession> lost = [];
    private LoadPlan plan = plan;
    private uint? firstStored;

    /// <summary>Stores ledgers.</summary>
    /// <param name="ledgers">Consecutive ledgers with their rows. Their pages are used up.</param>
    /// <param name="findings">What is known about their new contracts.</param>
    /// <param name="cancellationToken">Rolls back the transaction, unless COMMIT has been sent.</param>
    /// <returns>What was stored; null if an earlier attempt, whose COMMIT got no answer, had already stored the ledgers.</returns>
    /// <exception cref="LiveException">The cursor is not at the ledger before the first one.</exception>
    /// <exception cref="DatabaseException">The server refused a statement, failed, or the connection broke.</exception>
    public async Task<CommitReport?> StoreAsync(
        IReadOnlyList<LedgerWork> ledgers, TokenFindings findings, CancellationToken cancellationToken)
    {
        var report = new CommitReport(ledgers);
        uint first = ledgers[0].Facts.Ledger;
        uint last = ledgers[^1].Facts.Ledger;
        firstStored ??= first;
        using var pages = new LedgerPages(ledgers, await codes.RowsAsync(ledgers, cancellationToken).ConfigureAwait(false));
        ServerSession? session = null;
        bool isStored = false;
        BulkLoad load = plan.NewLoad(
            new LoadOptions
            {
                Transaction = new LoadTransactionOptions
                {
                    LockTimeout = options.LockTimeout,
                    AdvisoryLocks = [transactionLock],
                    LostSessions = [.. lost],
                },
                Opened = transaction => session = transaction.Session,
                CommitSteps = [new CommitStep("move cursor", MoveAsync) { ShowsStage = true }],
            },
            cancellationToken);
        try
        {
            await using (load.ConfigureAwait(false))
            {
                await load.RunStepAsync(new CommitStep("read cursor", LookAsync) { ShowsStage = true }).ConfigureAwait(false);
                if (isStored) return null;
                await report.MeasureAsync("assets", () => load.WriteAsync(pages.Take(StateTables.Assets))).ConfigureAwait(false);
                await report.MeasureAsync("contracts", () => load.WriteAsync(pages.Take(StateTables.Contracts))).ConfigureAwait(false);
                if (findings.Described.Count + findings.Pending.Count > 0)
                {
                    await report.MeasureAsync("tokens", () => load.RunStepAsync(new CommitStep(
                        "describe tokens", (transaction, token) => tokens.StoreAsync(transaction, findings, token)))).ConfigureAwait(false);
                }

                await report.MeasureAsync("history", () => load.WriteAsync(pages.Take(HistoryTables.All))).ConfigureAwait(false);
                if (channelAccounts is not null)
                {
                    await report.MeasureAsync("unlock", () => load.RunStepAsync(
                        new CommitStep("unlock channel accounts", UnlockAsync) { ShowsStage = true })).ConfigureAwait(false);
                }

                await report.MeasureAsync("balances", () => load.WriteAsync(pages.Take(StateTables.Balances))).ConfigureAwait(false);
                LoadResult result = await report.MeasureAsync("commit", () => load.CommitAsync(cancellationToken)).ConfigureAwait(false);
                report.Take(result);
                plan = result.Plan;
                lost.Clear();
                return report;
            }
        }
        catch
        {
            // The server may not know yet that this session is lost; the next attempt terminates it.
            if (session is not null) lost.Add(session);
            throw;
        }

        // Before any row is sent: this detects an earlier attempt whose COMMIT succeeded without an answer, and reports another writer as
        // such instead of as a duplicate key.
        async Task LookAsync(LoadTransaction transaction, CancellationToken token)
        {
            IReadOnlyDictionary<string, string> rows = await new IngestStore(transaction).ReadAsync(
                [IngestStore.Latest, IngestStore.Oldest, LedgerMark.Key], token).ConfigureAwait(false);
            uint? cursor = IngestStore.LedgerOf(rows, IngestStore.Latest);
            isStored = cursor == last && LedgerMark.In(rows) is { } mark && mark.Hash == ledgers[^1].Link.LastHash;
            if (first == firstStored || first / OldestEvery != last / OldestEvery || last % OldestEvery == 0)
                report.Oldest = IngestStore.LedgerOf(rows, IngestStore.Oldest);
            if (!isStored && cursor != first - 1) throw LiveThrow.CursorMoved(first - 1, cursor, first, last);
        }

        async Task UnlockAsync(LoadTransaction transaction, CancellationToken token)
        {
            string[] hashes = [.. ledgers.SelectMany(static ledger => ledger.Facts.TransactionHashes)];
            string sql = $"""
                UPDATE {transaction.Resolve(channelAccounts!).QualifiedName} SET locked_tx_hash = NULL, locked_at = NULL, locked_until =
                  NULL
                WHERE locked_tx_hash = ANY ($1)
                """;
            report.UnlockedAccounts = await transaction.RunAsync(sql, [hashes], token).ConfigureAwait(false);
        }

        // The guard, and the last step: if another process has moved the cursor, it is not overwritten, and the transaction is rolled back.
        async Task MoveAsync(LoadTransaction transaction, CancellationToken token)
        {
            long began = Stopwatch.GetTimestamp();
            await new IngestStore(transaction).UpdateGuardedAsync(
                IngestStore.Latest, [first - 1], last, new LedgerMark(last, ledgers[^1].Link.LastHash).Row, token).ConfigureAwait(false);
            report.Add("cursor", Stopwatch.GetElapsedTime(began));
        }
    }
}
