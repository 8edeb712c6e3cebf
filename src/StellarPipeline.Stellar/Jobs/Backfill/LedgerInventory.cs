using Npgsql;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Counts the rows of the history tables, ledger by ledger.</summary>
/// <remarks>
/// Ids hold the ledger in their upper 32 bits and are the first column of an index in four of the tables. The key of state_changes begins
/// with the time, so its rows are found between the times of the nearest transactions before and after the span. Cost: reading the rows of
/// the span.
/// </remarks>
/// <param name="runner">Where the queries run.</param>
internal sealed class LedgerInventory(QueryRunner runner)
{
    private static readonly Query Transactions = Of(
        "transactions", "count(*) FILTER (WHERE fee_charged > 0)", "to_id >> 32", ById("to_id"));

    private static readonly Query TransactionsAccounts = Of(
        "transactions_accounts", "count(DISTINCT tx_to_id)", "tx_to_id >> 32", ById("tx_to_id"));

    private static readonly Query Operations = Of("operations", "count(DISTINCT id >> 12)", "id >> 32", ById("id"));

    private static readonly Query OperationsAccounts = Of(
        "operations_accounts", "count(DISTINCT operation_id)", "operation_id >> 32", ById("operation_id"));

    private static readonly Query StateChanges = Of(
        "state_changes",
        "count(DISTINCT to_id)",
        "ledger_number::int8",
        $"{StateChangeTimes} AND ledger_number >= $1 AND ledger_number <= $2");

    private static readonly Query Bounds = new(
        "ledgers.bounds",
        "transactions",
        """
        SELECT (SELECT to_id >> 32 FROM {schema}."transactions" ORDER BY to_id LIMIT 1), (SELECT to_id >> 32 FROM {schema}."transactions"
          ORDER BY to_id DESC LIMIT 1)
        """);

    // Rows of ledgers below or above those of transactions: only torn ledgers have them. The conditions let compressed chunks be skipped.
    private static readonly Query OuterBounds = new(
        "ledgers.outer_bounds",
        "transactions_accounts",
        """
        SELECT least((SELECT min(tx_to_id) >> 32 FROM {schema}."transactions_accounts" WHERE tx_to_id < $1 << 32),
            (SELECT min(id) >> 32 FROM {schema}."operations" WHERE id < $1 << 32),
            (SELECT min(operation_id) >> 32 FROM {schema}."operations_accounts" WHERE operation_id < $1 << 32),
            (SELECT to_id >> 32 FROM {schema}."state_changes" ORDER BY ledger_created_at LIMIT 1)),
          greatest((SELECT max(tx_to_id) >> 32 FROM {schema}."transactions_accounts" WHERE tx_to_id >= ($2 + 1) << 32),
            (SELECT max(id) >> 32 FROM {schema}."operations" WHERE id >= ($2 + 1) << 32),
            (SELECT max(operation_id) >> 32 FROM {schema}."operations_accounts" WHERE operation_id >= ($2 + 1) << 32),
            (SELECT to_id >> 32 FROM {schema}."state_changes" ORDER BY ledger_created_at DESC LIMIT 1))
        """);

    /// <summary>The condition that limits state changes by time. Two ledgers may share a second, so both ends are inclusive.</summary>
    internal const string StateChangeTimes =
        """
        ledger_created_at >= coalesce((SELECT t.ledger_created_at FROM {schema}."transactions" t WHERE t.to_id < $1 << 32 ORDER BY t.to_id
          DESC LIMIT 1), '-infinity')
          AND ledger_created_at <= coalesce((SELECT t.ledger_created_at FROM {schema}."transactions" t WHERE t.to_id >= ($2 + 1) << 32 ORDER
            BY t.to_id LIMIT 1), 'infinity')
        """;

    /// <summary>Counts the rows of ledgers.</summary>
    /// <param name="span">The ledgers.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <returns>One item for each ledger of the span, in order.</returns>
    public async Task<LedgerContent[]> ReadAsync(LedgerSpan span, CancellationToken cancellationToken)
    {
        var ledgers = new LedgerContent[span.Count];
        await CountAsync(Transactions, static (ref LedgerContent ledger, long rows, long fees) =>
        {
            ledger.Rows += new TableRows(rows, 0, 0, 0, 0);
            ledger.Fees = fees;
        }).ConfigureAwait(false);
        await CountAsync(TransactionsAccounts, static (ref LedgerContent ledger, long rows, long ids) =>
        {
            ledger.Rows += new TableRows(0, rows, 0, 0, 0);
            ledger.ParticipantTransactions = ids;
        }).ConfigureAwait(false);
        await CountAsync(Operations, static (ref LedgerContent ledger, long rows, long ids) =>
        {
            ledger.Rows += new TableRows(0, 0, rows, 0, 0);
            ledger.OperationTransactions = ids;
        }).ConfigureAwait(false);
        await CountAsync(OperationsAccounts, static (ref LedgerContent ledger, long rows, long ids) =>
        {
            ledger.Rows += new TableRows(0, 0, 0, rows, 0);
            ledger.ParticipantOperations = ids;
        }).ConfigureAwait(false);
        await CountAsync(StateChanges, static (ref LedgerContent ledger, long rows, long ids) =>
        {
            ledger.Rows += new TableRows(0, 0, 0, 0, rows);
            ledger.StateChangeTransactions = ids;
        }).ConfigureAwait(false);
        return ledgers;

        Task CountAsync(Query query, Note note) => runner.RunAsync(
            query,
            SqlValues.Of(span.First, span.Last),
            async (reader, token) =>
            {
                while (await reader.ReadAsync(token).ConfigureAwait(false))
                    note(ref ledgers[reader.GetInt64(0) - span.First], reader.GetInt64(1), reader.GetInt64(2));
                return true;
            },
            cancellationToken);
    }

    /// <summary>From the first to the last ledger with a row in any table; null if there is none.</summary>
    public async Task<LedgerSpan?> FindBoundsAsync(CancellationToken cancellationToken)
    {
        LedgerSpan? inner = await runner.RunAsync(Bounds, [], BoundsAsync, cancellationToken).ConfigureAwait(false);
        LedgerSpan? outer = await runner.RunAsync(
            OuterBounds, SqlValues.Of(inner?.First ?? int.MaxValue, inner?.Last ?? 0), BoundsAsync, cancellationToken)
            .ConfigureAwait(false);
        if (inner is not { } span) return outer;
        return outer is { } beyond
            ? new LedgerSpan(Math.Min(span.First, beyond.First), Math.Max(span.Last, beyond.Last))
            : span;
    }

    private static async Task<LedgerSpan?> BoundsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        long? first = await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? null : reader.GetInt64(0);
        long? last = await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? null : reader.GetInt64(1);
        return (first ?? last) is null ? null : new LedgerSpan((uint)(first ?? last)!.Value, (uint)(last ?? first)!.Value);
    }

    private delegate void Note(ref LedgerContent ledger, long rows, long ids);

    private static string ById(string id) => $"{id} >= $1 << 32 AND {id} <= ($2 << 32) + 4294967295";

    private static Query Of(string table, string count, string ledger, string condition) => new(
        $"ledgers.{table}", table, $"SELECT {ledger}, count(*), {count} FROM {{schema}}.\"{table}\" WHERE {condition} GROUP BY 1");
}
