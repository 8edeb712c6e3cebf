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

    /// <summary>From the first to the last ledger with a transaction; null if there is none.</summary>
    public Task<LedgerSpan?> FindBoundsAsync(CancellationToken cancellationToken) =>
        runner.RunAsync(Bounds, [], BoundsAsync, cancellationToken);

    private static async Task<LedgerSpan?> BoundsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? null
            : new LedgerSpan((uint)reader.GetInt64(0), (uint)reader.GetInt64(1));
    }

    private delegate void Note(ref LedgerContent ledger, long rows, long ids);

    private static string ById(string id) => $"{id} >= $1 << 32 AND {id} <= ($2 << 32) + 4294967295";

    private static Query Of(string table, string count, string ledger, string condition) => new(
        $"ledgers.{table}", table, $"SELECT {ledger}, count(*), {count} FROM {{schema}}.\"{table}\" WHERE {condition} GROUP BY 1");
}
