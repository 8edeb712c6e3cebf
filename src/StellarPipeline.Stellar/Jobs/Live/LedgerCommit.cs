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

/// <summary>Stores ledgers, one or several, in one transaction of six steps.</summary>
/// <remarks>
/// Read <see cref="StoreAsync"/> top to bottom: it is the order of the steps. Rows of all ledgers of a transaction are pages before it
/// opens, so that the connection only sends bytes. Nothing of a transaction that failed remains. For one caller at a time.
/// </remarks>
/// <param name="plan">What is known of the tables.</param>
/// <param name="network">The network.</param>
/// <param name="options">How it is followed.</param>
/// <param name="codes">Finds contracts whose code is in the database.</param>
/// <param name="channelAccounts">The table of channel accounts; null where there is none.</param>
/// <param name="tokens">Finds and asks new contracts.</param>
internal sealed class LedgerCommit(
    LoadPlan plan, StellarNetwork network, LiveOptions options, KnownCodes codes, CopyTable? channelAccounts, NewTokens tokens)
{
    // As often as wallet-backend looks.
    private const uint OldestEvery = 100;

    // One transaction at a time: a session of an attempt that was cut off holds this lock, so that the next attempt finds it and ends it.
    private readonly AdvisoryLock transactionLock = new(
        StellarNetwork.IngestLockKey($"{network.Passphrase} transaction"), $"a transaction of live ingestion of {network.Name}");

    private readonly List<ServerSession> lost = [];
    private LoadPlan plan = plan;
    private uint? firstStored;

    /// <summary>Stores ledgers.</summary>
    /// <param name="ledgers">Consecutive ledgers with their rows, whose pages are used up.</param>
    /// <param name="findings">What is known of their new contracts.</param>
    /// <param name="cancellationToken">Rolls the transaction back; not while COMMIT is out.</param>
    /// <returns>What was done; null where the ledgers were stored already, by an attempt whose COMMIT was not answered.</returns>
    /// <exception cref="LiveException">The cursor is not where it should be.</exception>
    /// <exception cref="DatabaseException">The server refused, failed or went away.</exception>
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
                CommitSteps = [new CommitStep("move cursor", MoveAsync)],
            },
            cancellationToken);
        try
        {
            await using (load.ConfigureAwait(false))
            {
                await load.RunStepAsync(new CommitStep("look at cursor", LookAsync)).ConfigureAwait(false);
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
                    await report.MeasureAsync("unlock", () => load.RunStepAsync(new CommitStep("unlock channel accounts", UnlockAsync)))
                        .ConfigureAwait(false);
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
            // The server may not know yet that this session is lost; the next attempt ends it.
            if (session is not null) lost.Add(session);
            throw;
        }

        // Before any row is sent: an attempt whose COMMIT was carried out without an answer is found out, and another writer is not met as
        // a repeated key.
        async Task LookAsync(LoadTransaction transaction, CancellationToken token)
        {
            uint? cursor = await new IngestStore(transaction).GetAsync(IngestStore.Latest, token).ConfigureAwait(false);
            isStored = cursor == last && await LedgerMark.ReadAsync(transaction, token).ConfigureAwait(false) is { } mark
                && mark.Hash == ledgers[^1].Link.LastHash;
            if (first == firstStored || first / OldestEvery != last / OldestEvery || last % OldestEvery == 0)
                report.Oldest = await new IngestStore(transaction).GetAsync(IngestStore.Oldest, token).ConfigureAwait(false);
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

        // The fence, and last: whoever else has moved the cursor meanwhile is not overwritten, and nothing of this transaction stays.
        async Task MoveAsync(LoadTransaction transaction, CancellationToken token)
        {
            long began = Stopwatch.GetTimestamp();
            await new IngestStore(transaction).UpdateGuardedAsync(IngestStore.Latest, [first - 1], last, token).ConfigureAwait(false);
            await new LedgerMark(last, ledgers[^1].Link.LastHash).WriteAsync(transaction, token).ConfigureAwait(false);
            report.Add("cursor", Stopwatch.GetElapsedTime(began));
        }
    }
}
