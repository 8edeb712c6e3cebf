using Npgsql;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>The bookkeeping, table backfill_batches: which ledgers the history tables hold, and their hashes.</summary>
/// <param name="runner">Where the statements run.</param>
internal sealed class BatchLog(QueryRunner runner)
{
    private const string Table = "backfill_batches";

    private static readonly Query Read = Of(
        "read",
        """
        SELECT first_ledger, last_ledger, previous_hash, first_hash, last_hash, transactions, transactions_accounts, operations,
          operations_accounts, state_changes
        FROM {schema}."backfill_batches" WHERE last_ledger >= $1 AND first_ledger <= $2 ORDER BY first_ledger
        """);

    // Every batch holds this lock until COMMIT. So neighbours see each other, and only one transaction at a time moves the cursor.
    private static readonly Query Lock = Of("lock", "LOCK TABLE {schema}.\"backfill_batches\" IN SHARE ROW EXCLUSIVE MODE");

    private static readonly Query Insert = Of(
        "insert",
        """
        INSERT INTO {schema}."backfill_batches" (
            first_ledger, last_ledger, origin, previous_hash, first_hash, last_hash,
            transactions, transactions_accounts, operations, operations_accounts, state_changes, rests_on, program_version)
        VALUES ($1, $2, CASE WHEN $3 IS NULL THEN 'found' ELSE 'loaded' END, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """);

    private static readonly Query Delete = Of("delete", "DELETE FROM {schema}.\"backfill_batches\" WHERE first_ledger = ANY ($1)");

    // Walks down from a ledger over batches without a gap; one index lookup for each batch.
    private static readonly Query Contiguous = Of(
        "contiguous",
        """
        WITH RECURSIVE down (ledger) AS (
            SELECT $1
            UNION ALL
            SELECT next.first_ledger::int8 FROM down CROSS JOIN LATERAL (
                SELECT b.first_ledger FROM {schema}."backfill_batches" b WHERE b.last_ledger >= down.ledger - 1 ORDER BY b.last_ledger LIMIT
                  1) next
            WHERE next.first_ledger < down.ledger
        )
        SELECT min(ledger) FROM down
        """);

    // The same, upwards.
    private static readonly Query ContiguousUp = Of(
        "contiguous_up",
        """
        WITH RECURSIVE up (ledger) AS (
            SELECT $1
            UNION ALL
            SELECT next.last_ledger::int8 FROM up CROSS JOIN LATERAL (
                SELECT b.last_ledger FROM {schema}."backfill_batches" b WHERE b.first_ledger <= up.ledger + 1
                  ORDER BY b.first_ledger DESC LIMIT 1) next
            WHERE next.last_ledger > up.ledger
        )
        SELECT max(ledger) FROM up
        """);

    private static readonly Query Touch =
        Of("touch", "UPDATE {schema}.\"backfill_batches\" SET program_version = program_version WHERE first_ledger = $1");

    private static readonly Query Bounds = Of(
        "bounds", "SELECT min(first_ledger)::int8, max(last_ledger)::int8 FROM {schema}.\"backfill_batches\"");

    /// <summary>Reads the batches that overlap a span, in order.</summary>
    public Task<List<BatchRecord>> ReadAsync(LedgerSpan span, CancellationToken cancellationToken) => runner.RunAsync(
        Read, SqlValues.Of(span.First, span.Last), RecordsAsync, cancellationToken);

    /// <summary>
    /// Keeps others from writing batches until the transaction ends. Later statements see all that others have committed.
    /// </summary>
    public Task LockAsync(CancellationToken cancellationToken) => runner.ExecuteAsync(Lock, [], cancellationToken);

    /// <summary>Adds a batch.</summary>
    public Task AddAsync(BatchRecord batch, string restsOn, string programVersion, CancellationToken cancellationToken)
    {
        TableRows rows = batch.Rows;
        return runner.ExecuteAsync(
            Insert,
            SqlValues.Of(
                batch.Span.First, batch.Span.Last, batch.Hashes?.Previous, batch.Hashes?.First, batch.Hashes?.Last, rows.Transactions,
                rows.TransactionsAccounts,
                rows.Operations, rows.OperationsAccounts, rows.StateChanges, restsOn, programVersion),
            cancellationToken);
    }

    /// <summary>Deletes batches by their first ledgers.</summary>
    public Task RemoveAsync(IReadOnlyList<LedgerSpan> batches, CancellationToken cancellationToken)
    {
        long[] firsts = [.. batches.Select(batch => (long)batch.First)];
        return firsts.Length == 0 ? Task.CompletedTask : runner.ExecuteAsync(Delete, SqlValues.Of((object)firsts), cancellationToken);
    }

    /// <summary>
    /// Updates a batch without changing it, so that the COMMIT of this transaction flushes the WAL with all earlier commits.
    /// </summary>
    public Task TouchAsync(uint first, CancellationToken cancellationToken) =>
        runner.ExecuteAsync(Touch, SqlValues.Of(first), cancellationToken);

    /// <summary>The lowest ledger that can be reached downwards from a ledger without a gap.</summary>
    public Task<uint> FindContiguousAsync(uint ledger, CancellationToken cancellationToken) =>
        LedgerAsync(Contiguous, ledger, cancellationToken);

    /// <summary>The ledgers without a gap around a ledger. If the ledger itself is not recorded, the span ends before it.</summary>
    public async Task<LedgerSpan> FindAroundAsync(uint ledger, CancellationToken cancellationToken) => new(
        await FindContiguousAsync(ledger, cancellationToken).ConfigureAwait(false),
        await LedgerAsync(ContiguousUp, ledger - 1, cancellationToken).ConfigureAwait(false));

    /// <summary>From the first to the last ledger of all batches; null if there are none.</summary>
    public Task<LedgerSpan?> FindBoundsAsync(CancellationToken cancellationToken) => runner.RunAsync(
        Bounds,
        [],
        async (reader, token) =>
        {
            await reader.ReadAsync(token).ConfigureAwait(false);
            return await reader.IsDBNullAsync(0, token).ConfigureAwait(false) ? (LedgerSpan?)null
                : new LedgerSpan((uint)reader.GetInt64(0), (uint)reader.GetInt64(1));
        },
        cancellationToken);

    private Task<uint> LedgerAsync(Query query, uint ledger, CancellationToken cancellationToken) => runner.RunAsync(
        query,
        SqlValues.Of(ledger),
        static async (reader, token) =>
        {
            await reader.ReadAsync(token).ConfigureAwait(false);
            return (uint)reader.GetInt64(0);
        },
        cancellationToken);

    private static Query Of(string name, string text) => new($"{Table}.{name}", Table, text);

    private static async Task<List<BatchRecord>> RecordsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var records = new List<BatchRecord>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            BatchHashes? hashes = await reader.IsDBNullAsync(2, cancellationToken).ConfigureAwait(false) ? null
                : new BatchHashes(Hash(reader, 2), Hash(reader, 3), Hash(reader, 4));
            var rows = new TableRows(reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9));
            records.Add(new BatchRecord(new LedgerSpan((uint)reader.GetInt32(0), (uint)reader.GetInt32(1)), hashes, rows));
        }

        return records;
    }

    private static Hash256 Hash(NpgsqlDataReader reader, int column) => new((byte[])reader[column]);
}
