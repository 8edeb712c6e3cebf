using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table state_changes.</summary>
public sealed partial class StateChanges
{
    private const string Table = "state_changes";

    private static readonly string[] Key = ["sc.ledger_created_at", "sc.to_id", "sc.operation_id", "sc.state_change_id"];
    private static readonly string[] InnerKey = ["sc.to_id", "sc.operation_id", "sc.state_change_id"];

    private readonly QueryRunner runner;

    internal StateChanges(QueryRunner runner) => this.runner = runner;

    /// <summary>All state changes, page by page.</summary>
    /// <param name="page">Which rows to return.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<Page<StateChangeRow, StateChangeCursor>> GetAllAsync(
        PageRequest<StateChangeCursor> page, StateChangeColumns columns = StateChangeColumns.All,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(page);
        page.Check();
        var arguments = new Arguments();
        bool descending = page.ReadsDescending;
        string cursor = arguments.Beyond(Key, page.From, descending, beginsWithTime: true);
        string range = arguments.Within(Key[0], page.Range);

        // The primary key in its order: nothing is sorted, and chunks outside the time range or before the cursor are not opened.
        string text =
            $$"""
            SELECT {{Chosen(columns).Sql("sc")}}
            FROM {schema}."state_changes" AS sc
            WHERE true{{cursor}}{{range}}
            ORDER BY {{Keyset.Order(Key, descending)}}
            LIMIT {{arguments.Add(page.Limit + 1)}}
            """;
        return PageAsync("get_all", text, arguments, page, columns, row => row.Cursor, cancellationToken);
    }

    /// <summary>The state changes of one transaction, page by page: its fee, then the changes of its operations.</summary>
    /// <param name="transaction">Its id, with the close time of its ledger if known.</param>
    /// <param name="page">Which rows to return; its time range is ignored.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<Page<StateChangeRow, ChangeCursor>> GetByToIdAsync(
        EventKey transaction, PageRequest<ChangeCursor> page, StateChangeColumns columns = StateChangeColumns.All,
        CancellationToken cancellationToken = default) =>
        OfOneAsync("by_to_id", transaction, null, page, columns, cancellationToken);

    /// <summary>The state changes of one operation, page by page.</summary>
    /// <param name="operation">Its id, with the close time of its ledger if known.</param>
    /// <param name="page">Which rows to return; its time range is ignored.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<Page<StateChangeRow, ChangeCursor>> GetByOperationIdAsync(
        EventKey operation, PageRequest<ChangeCursor> page, StateChangeColumns columns = StateChangeColumns.All,
        CancellationToken cancellationToken = default) =>
        OfOneAsync(
            "by_operation_id", operation with { Id = Toid.TransactionOf(operation.Id) }, operation.Id, page, columns, cancellationToken);

    /// <summary>The first or last state changes of each of several transactions.</summary>
    /// <param name="transactions">Ids, with close times if known.</param>
    /// <param name="limit">Most state changes of each transaction.</param>
    /// <param name="order">Whether to return the last changes (descending) or the first ones (ascending).</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>A page for each transaction that has state changes.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<IReadOnlyDictionary<long, Page<StateChangeRow, ChangeCursor>>> GetByToIdsAsync(
        IEnumerable<EventKey> transactions, int limit, SortOrder order, StateChangeColumns columns = StateChangeColumns.All,
        CancellationToken cancellationToken = default) =>
        OfManyAsync("by_to_ids", transactions, "i.id", "", row => row.ToId, limit, order, columns, cancellationToken);

    /// <summary>The first or last state changes of each of several operations.</summary>
    /// <param name="operations">Ids, with close times if known.</param>
    /// <param name="limit">Most state changes of each operation.</param>
    /// <param name="order">Whether to return the last changes (descending) or the first ones (ascending).</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>A page for each operation that has state changes.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<IReadOnlyDictionary<long, Page<StateChangeRow, ChangeCursor>>> GetByOperationIdsAsync(
        IEnumerable<EventKey> operations, int limit, SortOrder order, StateChangeColumns columns = StateChangeColumns.All,
        CancellationToken cancellationToken = default) =>
        OfManyAsync(
            "by_operation_ids", operations, "(i.id & ~x'FFF'::int8)", " AND sc.operation_id = i.id", row => row.OperationId, limit, order,
            columns, cancellationToken);

    private static ColumnSet<StateChangeRow>.Choice Chosen(StateChangeColumns columns) => StateChangeRow.Columns.Choose((int)columns);

    // The primary key begins with the time. If the caller does not know the time, it is read from the transaction by one look-up by its
    // primary key.
    private static string TimeOf(string transaction) =>
        $$"""(SELECT t.ledger_created_at FROM {schema}."transactions" AS t WHERE t.to_id = {{transaction}} LIMIT 1)""";

    private Task<Page<StateChangeRow, ChangeCursor>> OfOneAsync(
        string name, EventKey transaction, long? operation, PageRequest<ChangeCursor> page, StateChangeColumns columns,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        page.Check();
        var arguments = new Arguments();
        bool descending = page.ReadsDescending;
        string parent = arguments.Add(transaction.Id);
        string time = transaction.LedgerCreatedAt is { } known ? arguments.Add(known) : TimeOf(parent);
        string only = operation is { } id ? $" AND sc.operation_id = {arguments.Add(id)}" : "";
        string cursor = arguments.Beyond(InnerKey, page.From, descending, beginsWithTime: false);

        // A range of the primary key, in its order.
        string text =
            $$"""
            SELECT {{Chosen(columns).Sql("sc")}}
            FROM {schema}."state_changes" AS sc
            WHERE sc.ledger_created_at = {{time}} AND sc.to_id = {{parent}}{{only}}{{cursor}}
            ORDER BY {{Keyset.Order(InnerKey, descending)}}
            LIMIT {{arguments.Add(page.Limit + 1)}}
            """;
        return PageAsync(name, text, arguments, page, columns, row => row.InnerCursor, cancellationToken);
    }

    private Task<IReadOnlyDictionary<long, Page<StateChangeRow, ChangeCursor>>> OfManyAsync(
        string name, IEnumerable<EventKey> keys, string transaction, string only, Func<StateChangeRow, long> parent, int limit,
        SortOrder order, StateChangeColumns columns,
        CancellationToken cancellationToken)
    {
        new PageRequest<ChangeCursor> { Limit = limit }.Check();
        var arguments = new Arguments();
        var input = EventKeys.Add(arguments, keys);
        string time = input.HasTimes ? "i.at" : TimeOf(transaction);

        // A range of the primary key for each parent, in its order, and no further than its page. ROW_NUMBER() … PARTITION BY would number
        // all children of all parents first.
        string text =
            $$"""
            SELECT {{Chosen(columns).Sql("sc")}}
            FROM {{input.Source}}
            CROSS JOIN LATERAL (
                SELECT * FROM {schema}."state_changes" AS sc
                WHERE sc.ledger_created_at = {{time}} AND sc.to_id = {{transaction}}{{only}}
                ORDER BY {{Keyset.Order(InnerKey, order == SortOrder.Descending)}}
                LIMIT {{arguments.Add(limit + 1)}}
            ) AS sc
            """;
        return ChildPages.RunAsync(
            runner, new Query($"{Table}.{name}", Table, text), arguments, Chosen(columns), limit, order, parent, row => row.InnerCursor,
            cancellationToken);
    }

    private async Task<Page<StateChangeRow, TCursor>> PageAsync<TCursor>(
        string name, string text, Arguments arguments, PageRequest<TCursor> page, StateChangeColumns columns,
        Func<StateChangeRow, TCursor> place, CancellationToken cancellationToken)
        where TCursor : struct, IPageCursor<TCursor>
    {
        List<StateChangeRow> rows = await runner.RunAsync(
            new Query($"{Table}.{name}", Table, text), arguments.Values, Chosen(columns).ReadAllAsync, cancellationToken).ConfigureAwait(
            false);
        return Page<StateChangeRow, TCursor>.Of(rows, page.Limit, page.IsBackward, place);
    }
}
