using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the tables operations and operations_accounts.</summary>
public sealed class Operations
{
    private readonly QueryRunner runner;
    private readonly EventTable<OperationRow> table;

    internal Operations(QueryRunner runner)
    {
        this.runner = runner;
        table = new EventTable<OperationRow>(
            runner, "operations", "id", "operations_accounts", "operation_id", OperationRow.Columns, row => row.Cursor);
    }

    /// <summary>One operation.</summary>
    /// <param name="operation">Its id, with the close time of its ledger if known.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The operation; null if there is no row for it.</returns>
    public async Task<OperationRow?> GetByIdAsync(
        EventKey operation, OperationColumns columns = OperationColumns.All, CancellationToken cancellationToken = default) =>
            (await table.ByKeysAsync("get_by_id", [operation], "i.id", (int)columns, cancellationToken).ConfigureAwait(false))
                .GetValueOrDefault(operation.Id);

    /// <summary>All operations, page by page.</summary>
    /// <param name="page">Which rows to return.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<Page<OperationRow, EventCursor>> GetAllAsync(
        PageRequest<EventCursor> page, OperationColumns columns = OperationColumns.All, CancellationToken cancellationToken = default) =>
        table.AllAsync(page, (int)columns, cancellationToken);

    /// <summary>The operations that an account or contract takes part in, page by page.</summary>
    /// <param name="account">The account or contract.</param>
    /// <param name="page">Which rows to return.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<Page<OperationRow, EventCursor>> GetByAccountAsync(
        StellarAddress account, PageRequest<EventCursor> page, OperationColumns columns = OperationColumns.All,
        CancellationToken cancellationToken = default) =>
        table.ByAccountAsync(account, page, (int)columns, cancellationToken);

    /// <summary>The operations of one transaction, page by page, in their order.</summary>
    /// <param name="transaction">Its id, with the close time of its ledger if known.</param>
    /// <param name="page">Which rows to return; its time range is ignored.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<Page<OperationRow, EventCursor>> GetByToIdAsync(
        EventKey transaction, PageRequest<EventCursor> page, OperationColumns columns = OperationColumns.All,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(page);
        page.Check();
        var arguments = new Arguments();
        bool descending = page.ReadsDescending;
        string parent = arguments.Add(transaction.Id);
        string pin = transaction.LedgerCreatedAt is { } time ? $" AND o.ledger_created_at = {arguments.Add(time)}" : "";
        string cursor = page.From is { } from ? $" AND o.id {(descending ? '<' : '>')} {arguments.Add(from.Id)}" : "";

        // Ids between the transaction's id and the next transaction's are its operations: a range of the primary key, in its order.
        string text =
            $$"""
            SELECT {{OperationRow.Columns.Choose((int)columns).Sql("o")}}
            FROM {schema}."operations" AS o
            WHERE o.id > {{parent}} AND o.id < {{parent}} + 4096{{pin}}{{cursor}}
            ORDER BY {{Keyset.Order(["o.id"], descending)}}
            LIMIT {{arguments.Add(page.Limit + 1)}}
            """;
        return table.PageAsync("by_to_id", text, arguments, page, (int)columns, cancellationToken);
    }

    /// <summary>The first or last operations of each of several transactions.</summary>
    /// <param name="transactions">Ids, with close times if known.</param>
    /// <param name="limit">Most operations of each transaction.</param>
    /// <param name="order">Whether to return the last operations (descending) or the first ones (ascending).</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>A page for each transaction that has operations.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<IReadOnlyDictionary<long, Page<OperationRow, EventCursor>>> GetByToIdsAsync(
        IEnumerable<EventKey> transactions, int limit, SortOrder order, OperationColumns columns = OperationColumns.All,
        CancellationToken cancellationToken = default)
    {
        new PageRequest<EventCursor> { Limit = limit }.Check();
        var arguments = new Arguments();
        var input = EventKeys.Add(arguments, transactions);

        // LIMIT inside LATERAL stops at the page of each parent. ROW_NUMBER() … PARTITION BY would return the same rows, but number all
        // children of all parents first.
        string text =
            $$"""
            SELECT {{OperationRow.Columns.Choose((int)columns).Sql("o")}}
            FROM {{input.Source}}
            CROSS JOIN LATERAL (
                SELECT * FROM {schema}."operations" AS o
                WHERE o.id > i.id AND o.id < i.id + 4096{{input.PinTo("o.ledger_created_at")}}
                ORDER BY {{Keyset.Order(["o.id"], order == SortOrder.Descending)}}
                LIMIT {{arguments.Add(limit + 1)}}
            ) AS o
            """;
        return ChildPages.RunAsync(
            runner, new Query("operations.by_to_ids", "operations", text), arguments, OperationRow.Columns.Choose((int)columns), limit,
            order,
            row => row.ToId, row => row.Cursor, cancellationToken);
    }

    /// <summary>The operations of state changes. A fee belongs to no operation, so it has none.</summary>
    /// <param name="changes">Cursors of state changes.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The operations by the given cursor. Operations without a row are missing.</returns>
    public async Task<IReadOnlyDictionary<StateChangeCursor, OperationRow>> GetByStateChangesAsync(
        IReadOnlyCollection<StateChangeCursor> changes, OperationColumns columns = OperationColumns.All,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(changes);
        Dictionary<long, OperationRow> rows = await table.ByKeysAsync(
            "by_state_changes", changes.Select(change => new EventKey(change.OperationId, change.LedgerCreatedAt)), "i.id", (int)columns,
            cancellationToken).ConfigureAwait(false);
        return changes.Distinct().Where(change => rows.ContainsKey(change.OperationId)).ToDictionary(
            change => change, change => rows[change.OperationId]);
    }

    /// <summary>The accounts and contracts that take part in operations.</summary>
    internal Task<Dictionary<long, IReadOnlyList<string>>> ParticipantsAsync(
        IEnumerable<EventKey> operations, CancellationToken cancellationToken) =>
            table.ParticipantsAsync("accounts.by_operation_ids", operations, cancellationToken);
}
