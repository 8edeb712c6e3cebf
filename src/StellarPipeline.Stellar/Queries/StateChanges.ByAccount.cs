using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <content>The state changes of an account.</content>
public sealed partial class StateChanges
{
    private static readonly string[] Reasons =
        ["ADD", "BURN", "CLEAR", "CREATE", "CREDIT", "DEBIT", "MERGE", "MINT", "REMOVE", "SET", "UPDATE"];

    /// <summary>The state changes of an account or contract, page by page.</summary>
    /// <param name="account">The account or contract.</param>
    /// <param name="page">Which rows to return.</param>
    /// <param name="filter">Which changes; null for all.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000, or the transaction hash is not 64 hexadecimal digits.</exception>
    public async Task<Page<StateChangeRow, StateChangeCursor>> GetByAccountAsync(
        StellarAddress account, PageRequest<StateChangeCursor> page, StateChangeFilter? filter = null,
        StateChangeColumns columns = StateChangeColumns.All,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(page);
        page.Check();
        filter ??= StateChangeFilter.All;
        var arguments = new Arguments();
        string who = arguments.Add(account.Stored);
        bool isOfOne = filter.TransactionHash is not null || filter.OperationId is not null;
        bool isOfAll = !isOfOne && filter is { Category: null, Reason: null };
        if (isOfAll
            && await runner.Columnstore.HoldsAsync(
                Table, page.From?.LedgerCreatedAt, page.Range, page.ReadsDescending, cancellationToken).ConfigureAwait(false))
        {
            return await PageAsync(
                "by_account.columnstore", BySegment(arguments, who, page, columns), arguments, page, columns, row => row.Cursor,
                cancellationToken).ConfigureAwait(false);
        }

        string text = isOfOne || filter.Category is null
            ? ByTransaction(arguments, who, page, filter, columns)
            : ByKind(arguments, who, page, filter, columns);
        return await PageAsync("by_account", text, arguments, page, columns, row => row.Cursor, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the account's segment of each chunk in the columnstore, whose batches are in the order of the page.</summary>
    private static string BySegment(
        Arguments arguments, string who, PageRequest<StateChangeCursor> page, StateChangeColumns columns)
    {
        string cursor = arguments.Beyond(Key, page.From, page.ReadsDescending, beginsWithTime: true);
        string range = arguments.Within(Key[0], page.Range);
        return
            $$"""
            SELECT {{Chosen(columns).Sql("sc")}}
            FROM {schema}."state_changes" AS sc
            WHERE sc.account_id = {{who}}{{cursor}}{{range}}
            ORDER BY {{Keyset.Order(Key, page.ReadsDescending)}}
            LIMIT {{arguments.Add(page.Limit + 1)}}
            """;
    }

    /// <summary>Reads the account's transactions in their order, and the state changes of each.</summary>
    /// <remarks>
    /// No index of state_changes has the rows of an account of all kinds in the order of time. But the primary key of transactions_accounts
    /// has the account's transactions in that order, and the changes of each transaction are a range of the primary key of state_changes.
    /// The server stops at the end of the page, and sorts only within a transaction (Incremental Sort). An account with a state change
    /// always takes part in the transaction. OFFSET 0 keeps the planner from another plan.
    /// </remarks>
    private static string ByTransaction(
        Arguments arguments, string who, PageRequest<StateChangeCursor> page, StateChangeFilter filter, StateChangeColumns columns)
    {
        bool descending = page.ReadsDescending;
        string source = filter switch
        {
            { TransactionHash: { } hash } =>
                $$"""SELECT t.ledger_created_at, t.to_id FROM {schema}."transactions" AS t WHERE t.hash = {{arguments.Add(
                    Transactions.Hash(hash))}} LIMIT 1""",
            { OperationId: { } id } =>
                $$"""SELECT t.ledger_created_at, t.to_id FROM {schema}."transactions" AS t WHERE t.to_id = {{arguments.Add(
                    Toid.TransactionOf(id))}} LIMIT 1""",
            _ => AccountTransactions(arguments, who, page),
        };
        string cursor = arguments.Beyond(Key, page.From, descending, beginsWithTime: true);
        string range = arguments.Within(Key[0], page.Range);
        string only = filter.OperationId is { } operation ? $" AND sc.operation_id = {arguments.Add(operation)}" : "";
        if (filter.Category is { } category) only += $" AND sc.state_change_category = {arguments.Add(category)}";
        if (filter.Reason is { } reason) only += $" AND sc.state_change_reason = {arguments.Add(reason)}";
        return
            $$"""
            SELECT {{Chosen(columns).Sql("sc")}}
            FROM (
                {{source}}
            ) AS l
            CROSS JOIN LATERAL (
                SELECT * FROM {schema}."state_changes" AS sc
                WHERE sc.ledger_created_at = l.ledger_created_at AND sc.to_id = l.to_id
                  AND sc.account_id = {{who}}{{only}}{{cursor}}{{range}}
                OFFSET 0
            ) AS sc
            ORDER BY {{Keyset.Order(["l.ledger_created_at", "l.to_id", "sc.operation_id", "sc.state_change_id"], descending)}}
            LIMIT {{arguments.Add(page.Limit + 1)}}
            """;
    }

    private static string AccountTransactions(Arguments arguments, string who, PageRequest<StateChangeCursor> page)
    {
        string[] key = ["l.ledger_created_at", "l.tx_to_id"];
        bool descending = page.ReadsDescending;
        char beyond = descending ? '<' : '>';

        // Includes the transaction of the cursor, which may have further changes.
        string cursor = "";
        if (page.From is { } from)
        {
            string time = arguments.Add(from.LedgerCreatedAt), id = arguments.Add(from.ToId);
            cursor =
                $" AND l.ledger_created_at {beyond}= {time} AND (l.ledger_created_at {beyond} {time} OR (l.ledger_created_at = {time} AND "
                    + $"l.tx_to_id {beyond}= {id}))";
        }

        return
            $$"""
            SELECT l.ledger_created_at, l.tx_to_id AS to_id
                FROM {schema}."transactions_accounts" AS l
                WHERE l.account_id = {{who}}{{cursor}}{{arguments.Within(key[0], page.Range)}}
                ORDER BY {{Keyset.Order(key, descending)}}
            """;
    }

    /// <summary>Uses the index on account, category and reason, which has the rows of one kind in the order of time.</summary>
    private static string ByKind(
        Arguments arguments, string who, PageRequest<StateChangeCursor> page, StateChangeFilter filter, StateChangeColumns columns)
    {
        bool descending = page.ReadsDescending;
        string category = arguments.Add(filter.Category!);
        string cursor = arguments.Beyond(Key, page.From, descending, beginsWithTime: true);
        string range = arguments.Within(Key[0], page.Range);
        string order = Keyset.Order(Key, descending);
        string limit = arguments.Add(page.Limit + 1);
        string list = Chosen(columns).Sql("sc");
        if (filter.Reason is { } reason)
        {
            return
                $$"""
                SELECT {{list}}
                FROM {schema}."state_changes" AS sc
                WHERE sc.account_id = {{who}} AND sc.state_change_category = {{category}}
                  AND sc.state_change_reason = {{arguments.Add(reason)}}{{cursor}}{{range}}
                ORDER BY {{order}}
                LIMIT {{limit}}
                """;
        }

        // One page for each reason, then the first rows of all pages: at most eleven pages are sorted, however many rows the account has.
        return
            $$"""
            SELECT {{list}}
            FROM UNNEST({{arguments.Add(Reasons)}}) AS r(reason)
            CROSS JOIN LATERAL (
                SELECT * FROM {schema}."state_changes" AS sc
                WHERE sc.account_id = {{who}} AND sc.state_change_category = {{category}}
                  AND sc.state_change_reason = r.reason{{cursor}}{{range}}
                ORDER BY {{order}}
                LIMIT {{limit}}
            ) AS sc
            ORDER BY {{order}}
            LIMIT {{limit}}
            """;
    }
}
