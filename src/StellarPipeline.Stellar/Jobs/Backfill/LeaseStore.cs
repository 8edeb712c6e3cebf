using System.Collections.Concurrent;
using Npgsql;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Which process loads which ledgers, table backfill_leases: divides work among any number of processes.</summary>
/// <remarks>
/// A row without owner, or whose lease has expired, is free. Work is taken from the highest ledger downwards, one batch at a time; rows may
/// be much larger than a batch. Safe for several callers at the same time.
/// </remarks>
/// <param name="database">Where the statements run, each change in its own transaction.</param>
/// <param name="owner">Name of this run, from <see cref="LeaseOwner.NewName"/>.</param>
/// <param name="duration">How long a lease lasts without renewal.</param>
/// <param name="lockTimeout">How long a statement waits for a lock.</param>
internal sealed class LeaseStore(NpgsqlDataSource database, string owner, TimeSpan duration, TimeSpan lockTimeout)
{
    private const string Table = "backfill_leases";
    private const string IsFree = "(owner IS NULL OR expires_at < clock_timestamp())";

    private static readonly Query Read = Of(
        "read",
        $"SELECT first_ledger, last_ledger, replaces, {IsFree} FROM {{schema}}.\"backfill_leases\" WHERE last_ledger >= $1 AND "
            + $"first_ledger <= $2 ORDER BY first_ledger");

    private static readonly Query Repairs = Of(
        "repairs",
        "SELECT first_ledger, last_ledger FROM {schema}.\"backfill_leases\" WHERE replaces AND last_ledger >= $1 AND first_ledger <= $2 "
            + "ORDER BY first_ledger");

    private static readonly Query Lock = Of("lock", "LOCK TABLE {schema}.\"backfill_leases\" IN SHARE ROW EXCLUSIVE MODE");

    // Before any row lock: a session that holds a row and waits for the table would deadlock with one that holds the table and wants the
    // row.
    private static readonly Query LockShared = Of("lock_shared", "LOCK TABLE {schema}.\"backfill_leases\" IN ROW EXCLUSIVE MODE");

    private static readonly Query Add = Of(
        "add", "INSERT INTO {schema}.\"backfill_leases\" (first_ledger, last_ledger, replaces) VALUES ($1, $2, $3)");

    private static readonly Query Remove = Of("remove", "DELETE FROM {schema}.\"backfill_leases\" WHERE first_ledger = $1");

    // SKIP LOCKED: processes that take work never wait for each other.
    private static readonly Query FindFree = Of(
        "find_free",
        $"""
        SELECT first_ledger, last_ledger, replaces FROM {"{schema}"}."backfill_leases"
        WHERE last_ledger >= $1 AND first_ledger <= $2 AND {IsFree} ORDER BY first_ledger DESC LIMIT 1 FOR UPDATE SKIP LOCKED
        """);

    private static readonly Query Peek = Of(
        "peek",
        $"""
        SELECT first_ledger, last_ledger, replaces FROM {"{schema}"}."backfill_leases"
        WHERE last_ledger >= $1 AND first_ledger <= $2 AND {IsFree} ORDER BY first_ledger DESC LIMIT 1
        """);

    private static readonly Query Count = Of(
        "count",
        $"SELECT count(*), count(*) FILTER (WHERE {IsFree}) FROM {{schema}}.\"backfill_leases\" WHERE last_ledger >= $1 AND first_ledger "
            + $"<= $2");

    private static readonly Query Take = Of(
        "take",
        """
        INSERT INTO {schema}."backfill_leases" (first_ledger, last_ledger, replaces, owner, expires_at)
        VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5)) RETURNING fence
        """);

    // The row of a batch that is being committed is locked, and needs no renewal.
    private static readonly Query Renew = Of(
        "renew",
        """
        UPDATE {schema}."backfill_leases" SET expires_at = clock_timestamp() + make_interval(secs => $2)
        WHERE first_ledger IN (SELECT first_ledger FROM {schema}."backfill_leases" WHERE fence = ANY ($1) FOR UPDATE SKIP LOCKED)
        """);

    private static readonly Query Owners = Of("owners", "SELECT DISTINCT owner FROM {schema}.\"backfill_leases\" WHERE owner IS NOT NULL");

    private static readonly Query Release = Of(
        "release", "UPDATE {schema}.\"backfill_leases\" SET owner = NULL, expires_at = NULL WHERE owner = ANY ($1)");

    private static readonly Query Return = Of(
        "return", "UPDATE {schema}.\"backfill_leases\" SET owner = NULL, expires_at = NULL WHERE fence = $1");

    private static readonly Query Redeem = Of(
        "redeem", "DELETE FROM {schema}.\"backfill_leases\" WHERE first_ledger = $1 AND last_ledger = $2 AND fence = $3 RETURNING 1");

    private readonly QueryRunner alone = new(database);

    // A lease that was committed without this run knowing it is not in this list, and expires.
    private readonly ConcurrentDictionary<long, bool> held = [];

    /// <summary>Adds work in the caller's transaction, except ledgers that others hold.</summary>
    /// <param name="load">The transaction, which holds the lock of the bookkeeping.</param>
    /// <param name="range">The range of the run.</param>
    /// <param name="work">Ledgers to load, in order, each with whether its rows are deleted first.</param>
    /// <param name="isWhole">Whether this is all work of the range. If not, free work that is already there stays.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    public static async Task PlanAsync(
        LoadTransaction load, LedgerSpan range, IReadOnlyList<(LedgerSpan Span, bool Replaces)> work, bool isWhole,
        CancellationToken cancellationToken)
    {
        var runner = new QueryRunner(load.Connection, load.RequireSchema());
        await runner.ExecuteAsync(Lock, [], cancellationToken).ConfigureAwait(false);
        List<(LedgerSpan Span, bool Replaces, bool IsFree)> there = await ReadAsync(runner, range, cancellationToken).ConfigureAwait(false);
        var kept = new List<LedgerSpan>();
        foreach ((LedgerSpan span, bool replaces, bool isFree) in there)
        {
            // A repair that was begun stays, whoever ends it: nothing else may tell that these ledgers are torn.
            if (!isFree || replaces || !isWhole)
            {
                kept.Add(span);
                continue;
            }

            // Free work inside the range is added again below: other processes may have loaded some of it since.
            await runner.ExecuteAsync(Remove, SqlValues.Of(span.First), cancellationToken).ConfigureAwait(false);
            foreach (LedgerSpan part in LedgerSpan.Subtract([span], [range]))
                await AddAsync(runner, part, replaces, cancellationToken).ConfigureAwait(false);
        }

        foreach ((LedgerSpan span, bool replaces) in work)
        {
            foreach (LedgerSpan part in LedgerSpan.Subtract([span], kept))
                await AddAsync(runner, part, replaces, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ledgers whose repair was begun and has not ended, in order.</summary>
    public static Task<List<LedgerSpan>> ReadRepairsAsync(QueryRunner runner, LedgerSpan span, CancellationToken cancellationToken) =>
        runner.ListAsync(Repairs, SqlValues.Of(span.First, span.Last), SpanOf, cancellationToken);

    /// <summary>Deletes a lease in the caller's transaction, together with the batch loaded under it.</summary>
    /// <returns>False if another process has taken the ledgers: the transaction must be rolled back.</returns>
    public static Task<bool> RedeemAsync(LoadTransaction load, BatchLease lease, CancellationToken cancellationToken) =>
        new QueryRunner(load.Connection, load.RequireSchema()).RunAsync(
            Redeem,
            SqlValues.Of(lease.Span.First, lease.Span.Last, lease.Fence),
            static (reader, token) => reader.ReadAsync(token),
            cancellationToken);

    /// <summary>Takes a batch from the upper end of the free work.</summary>
    /// <param name="range">The range; work that crosses its ends is divided there.</param>
    /// <param name="cut">
    /// Returns the first ledger of the batch, given free ledgers and whether their rows are deleted first; null to take none of them.
    /// </param>
    /// <param name="cancellationToken">Stops the statements.</param>
    public Task<ClaimOutcome> ClaimAsync(LedgerSpan range, Func<LedgerSpan, bool, uint?> cut, CancellationToken cancellationToken) =>
        InTransactionAsync("The search for work", async runner =>
        {
            await runner.ExecuteAsync(LockShared, [], cancellationToken).ConfigureAwait(false);
            if (await FindFreeAsync(runner, range, cancellationToken).ConfigureAwait(false) is not { } found)
                return await LeftAsync(null).ConfigureAwait(false);
            LedgerSpan inside = found.Span.Within(range)!.Value;
            if (cut(inside, found.Replaces) is not { } first) return await LeftAsync(null).ConfigureAwait(false);
            await runner.ExecuteAsync(Remove, SqlValues.Of(found.Span.First), cancellationToken).ConfigureAwait(false);
            var batch = new LedgerSpan(Math.Max(inside.First, first), inside.Last);
            foreach (LedgerSpan rest in LedgerSpan.Subtract([found.Span], [batch]))
                await AddAsync(runner, rest, found.Replaces, cancellationToken).ConfigureAwait(false);
            ClaimOutcome outcome = await LeftAsync(await TakeAsync(runner, batch, found.Replaces, cancellationToken).ConfigureAwait(false))
                .ConfigureAwait(false);
            return outcome with { Left = outcome.Left - 1 };

            async Task<ClaimOutcome> LeftAsync(BatchLease? taken)
            {
                (long left, long free) = await CountAsync(runner, range, cancellationToken).ConfigureAwait(false);
                return new ClaimOutcome(taken, left, free);
            }
        }, cancellationToken);

    /// <summary>
    /// The free ledgers that the next claim would take from; null if none are free, or if their rows must be deleted first. Takes and locks
    /// nothing.
    /// </summary>
    public Task<LedgerSpan?> PeekAsync(LedgerSpan range, CancellationToken cancellationToken) => alone.RunAsync(
        Peek,
        SqlValues.Of(range.First, range.Last),
        async (reader, token) =>
            await reader.ReadAsync(token).ConfigureAwait(false) && !reader.GetBoolean(2) ? SpanOf(reader).Within(range) : null,
        cancellationToken);

    /// <summary>Takes exactly these ledgers, for a source that can be read only once.</summary>
    /// <exception cref="BackfillException">Another process is loading some of them.</exception>
    public Task<BatchLease> ClaimExactlyAsync(LedgerSpan span, bool replaces, CancellationToken cancellationToken) =>
        InTransactionAsync("The search for work", async runner =>
        {
            await runner.ExecuteAsync(Lock, [], cancellationToken).ConfigureAwait(false);
            foreach ((LedgerSpan there, bool mustReplace,
                bool isFree) in await ReadAsync(runner, span, cancellationToken).ConfigureAwait(false))
            {
                if (!isFree) throw BackfillThrow.TakenByOther(there);
                replaces |= mustReplace;
                await runner.ExecuteAsync(Remove, SqlValues.Of(there.First), cancellationToken).ConfigureAwait(false);
                foreach (LedgerSpan rest in LedgerSpan.Subtract([there], [span]))
                    await AddAsync(runner, rest, mustReplace, cancellationToken).ConfigureAwait(false);
            }

            return await TakeAsync(runner, span, replaces, cancellationToken).ConfigureAwait(false);
        }, cancellationToken);

    /// <summary>Whether some of these ledgers are still to be loaded.</summary>
    public async Task<bool> IsLeasedAsync(LedgerSpan span, CancellationToken cancellationToken) =>
        (await ReadAsync(alone, span, cancellationToken).ConfigureAwait(false)).Count > 0;

    /// <summary>Renews the leases of this run.</summary>
    public Task RenewAsync(CancellationToken cancellationToken)
    {
        long[] fences = [.. held.Keys];
        return fences.Length == 0 ? Task.CompletedTask : alone.ExecuteAsync(Renew, SqlValues.Of(fences, duration), cancellationToken);
    }

    /// <summary>Stops renewing a lease that has ended: it was committed, or another process has it.</summary>
    public void Forget(BatchLease lease) => held.TryRemove(lease.Fence, out _);

    /// <summary>Releases a lease, so that any process may take its ledgers.</summary>
    public Task ReturnAsync(BatchLease lease, CancellationToken cancellationToken) =>
        alone.ExecuteAsync(Return, SqlValues.Of(lease.Fence), cancellationToken);

    /// <summary>Releases all leases of this run.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) => ReleaseAsync([owner], cancellationToken);

    /// <summary>Releases the leases of processes of this machine that ended without doing so.</summary>
    public async Task ReleaseGoneAsync(CancellationToken cancellationToken)
    {
        string[] gone = await alone.RunAsync(Owners, [], OwnersAsync, cancellationToken).ConfigureAwait(false);
        if (gone.Length > 0) await ReleaseAsync(gone, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string[]> OwnersAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var owners = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) owners.Add(reader.GetString(0));
        return [.. owners.Where(LeaseOwner.IsGone)];
    }

    private static Query Of(string name, string text) => new($"{Table}.{name}", Table, text);

    private static Task<List<(LedgerSpan Span, bool Replaces, bool IsFree)>> ReadAsync(
        QueryRunner runner, LedgerSpan span, CancellationToken cancellationToken) => runner.RunAsync(
        Read,
        SqlValues.Of(span.First, span.Last),
        static async (reader, token) =>
        {
            var rows = new List<(LedgerSpan, bool, bool)>();
            while (await reader.ReadAsync(token).ConfigureAwait(false))
                rows.Add((SpanOf(reader), reader.GetBoolean(2), reader.GetBoolean(3)));
            return rows;
        },
        cancellationToken);

    private static Task<(LedgerSpan Span, bool Replaces)?> FindFreeAsync(
        QueryRunner runner, LedgerSpan range, CancellationToken cancellationToken) => runner.RunAsync(
        FindFree,
        SqlValues.Of(range.First, range.Last),
        static async (reader, token) =>
            await reader.ReadAsync(token).ConfigureAwait(false) ? ((LedgerSpan, bool)?)(SpanOf(reader), reader.GetBoolean(2)) : null,
        cancellationToken);

    private static Task<(long Left, long Free)> CountAsync(QueryRunner runner, LedgerSpan range, CancellationToken cancellationToken) =>
        runner.RunAsync(
            Count,
            SqlValues.Of(range.First, range.Last),
            static async (reader, token) =>
            {
                await reader.ReadAsync(token).ConfigureAwait(false);
                return (reader.GetInt64(0), reader.GetInt64(1));
            },
            cancellationToken);

    private static LedgerSpan SpanOf(NpgsqlDataReader reader) => new((uint)reader.GetInt32(0), (uint)reader.GetInt32(1));

    private static Task AddAsync(QueryRunner runner, LedgerSpan span, bool replaces, CancellationToken cancellationToken) =>
        runner.ExecuteAsync(Add, SqlValues.Of(span.First, span.Last, replaces), cancellationToken);

    private async Task<BatchLease> TakeAsync(QueryRunner runner, LedgerSpan span, bool replaces, CancellationToken cancellationToken)
    {
        long fence = await runner.RunAsync(
            Take,
            SqlValues.Of(span.First, span.Last, replaces, owner, duration),
            static async (reader, token) =>
            {
                await reader.ReadAsync(token).ConfigureAwait(false);
                return reader.GetInt64(0);
            },
            cancellationToken).ConfigureAwait(false);
        held[fence] = true;
        return new BatchLease(span, replaces, fence);
    }

    private Task ReleaseAsync(string[] owners, CancellationToken cancellationToken) =>
        alone.ExecuteAsync(Release, SqlValues.Of((object)owners), cancellationToken);

    private async Task<T> InTransactionAsync<T>(string doing, Func<QueryRunner, Task<T>> work, CancellationToken cancellationToken)
    {
        LoadTransaction transaction = await LoadTransaction.OpenAsync(
            database, new LoadTransactionOptions { LockTimeout = lockTimeout }, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            T? result = default;
            await transaction.GuardAsync(doing, async () =>
            {
                result = await work(new QueryRunner(transaction.Connection, transaction.RequireSchema())).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync().ConfigureAwait(false);
            return result!;
        }
    }
}
