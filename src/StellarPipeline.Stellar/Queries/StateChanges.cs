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

    /// <summary>The state changes of a transaction that belong to no operation: its fee and what is refunded of it.</summary>
    /// <param name="transaction">Its id, with the close time of its ledger if known.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The changes in their order; a transaction has a few of them.</returns>
    internal async Task<IReadOnlyList<StateChangeRow>> GetFeesAsync(
        EventKey transaction, StateChangeColumns columns = StateChangeColumns.All, CancellationToken cancellationToken = default) =>
        (await OfOneAsync(
            "fees_by_to_id", transaction, 0,
            new PageRequest<ChangeCursor> { Limit = PageRequest<ChangeCursor>.MaxLimit, Order = SortOrder.Ascending },
            columns, cancellationToken).ConfigureAwait(false)).Rows;

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
        OfManyAsync(
            "by_to_ids", transactions, new ParentKey("i.id", "", static id => id, row => row.ToId), limit, order, columns,
            cancellationToken);

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
            "by_operation_ids", operations,
            new ParentKey("(i.id & ~x'FFF'::int8)", " AND sc.operation_id = i.id", Toid.TransactionOf, row => row.OperationId), limit,
            order,
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

    private async Task<IReadOnlyDictionary<long, Page<StateChangeRow, ChangeCursor>>> OfManyAsync(
        string name, IEnumerable<EventKey> keys, ParentKey parent, int limit, SortOrder order, StateChangeColumns columns,
        CancellationToken cancellationToken)
    {
        new PageRequest<ChangeCursor> { Limit = limit }.Check();
        (IReadOnlyList<EventKey> inColumns, IReadOnlyList<EventKey> inRows) =
            await runner.Columnstore.DivideAsync(Table, keys, parent.TransactionOf, cancellationToken).ConfigureAwait(false);
        if (inColumns.Count == 0)
            return await LookUpAsync(name, inRows, parent, limit, order, columns, cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<long, Page<StateChangeRow, ChangeCursor>> found =
            await ScanAsync($"{name}.columnstore", inColumns, parent, limit, order, columns, cancellationToken).ConfigureAwait(false);
        if (inRows.Count == 0) return found;
        var all = new Dictionary<long, Page<StateChangeRow, ChangeCursor>>(found);
        foreach ((long id, Page<StateChangeRow, ChangeCursor> page) in
            await LookUpAsync(name, inRows, parent, limit, order, columns, cancellationToken).ConfigureAwait(false))
        {
            all[id] = page;
        }

        return all;
    }

    private Task<IReadOnlyDictionary<long, Page<StateChangeRow, ChangeCursor>>> LookUpAsync(
        string name, IEnumerable<EventKey> keys, ParentKey parent, int limit, SortOrder order, StateChangeColumns columns,
        CancellationToken cancellationToken)
    {
        var arguments = new Arguments();
        var input = EventKeys.Add(arguments, keys);
        string time = input.HasTimes ? "i.at" : TimeOf(parent.Transaction);

        // A range of the primary key for each parent, in its order, and no further than its page. ROW_NUMBER() … PARTITION BY would number
        // all children of all parents first.
        string text =
            $$"""
            SELECT {{Chosen(columns).Sql("sc")}}
            FROM {{input.Source}}
            CROSS JOIN LATERAL (
                SELECT * FROM {schema}."state_changes" AS sc
                WHERE sc.ledger_created_at = {{time}} AND sc.to_id = {{parent.Transaction}}{{parent.Only}}
                ORDER BY {{Keyset.Order(InnerKey, order == SortOrder.Descending)}}
                LIMIT {{arguments.Add(limit + 1)}}
            ) AS sc
            """;
        return ChildPages.RunAsync(
            runner, new Query($"{Table}.{name}", Table, text), arguments, Chosen(columns), limit, order, parent.Of, row => row.InnerCursor,
            cancellationToken);
    }

    private Task<IReadOnlyDictionary<long, Page<StateChangeRow, ChangeCursor>>> ScanAsync(
        string name, IEnumerable<EventKey> keys, ParentKey parent, int limit, SortOrder order, StateChangeColumns columns,
        CancellationToken cancellationToken)
    {
        var arguments = new Arguments();
        var input = EventKeys.Add(arguments, keys);
        string of = input.AnyOf(arguments, "sc.ledger_created_at", "sc.to_id", parent.TransactionOf);

        // One scan for all parents, whose batches are filtered before they are unpacked. MATERIALIZED keeps the planner from one scan for
        // each parent.
        string text =
            $$"""
            WITH sc AS MATERIALIZED (
                SELECT {{Chosen(columns).Sql("sc")}} FROM {schema}."state_changes" AS sc
                WHERE {{of}}
            )
            SELECT {{Chosen(columns).Sql("sc")}}
            FROM (
                SELECT sc.*, ROW_NUMBER() OVER (PARTITION BY i.id ORDER BY {{Keyset.Order(InnerKey, order == SortOrder.Descending)}}) AS
                  place
                FROM {{input.Source}}
                JOIN sc ON sc.ledger_created_at = i.at AND sc.to_id = {{parent.Transaction}}{{parent.Only}}
            ) AS sc
            WHERE sc.place <= {{arguments.Add(limit + 1)}}
            """;
        return ChildPages.RunAsync(
            runner, new Query($"{Table}.{name}", Table, text), arguments, Chosen(columns), limit, order, parent.Of, row => row.InnerCursor,
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

    /// <summary>What state changes are asked for by.</summary>
    /// <param name="Transaction">The transaction of i.id, as SQL.</param>
    /// <param name="Only">What else a state change of i.id has, as SQL behind an AND.</param>
    /// <param name="TransactionOf">The transaction of a key.</param>
    /// <param name="Of">The key that a state change was found by.</param>
    private sealed record ParentKey(string Transaction, string Only, Func<long, long> TransactionOf, Func<StateChangeRow, long> Of);
}
