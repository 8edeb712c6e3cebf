using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>
/// The common part of transactions and operations: a table of events with id and time, and a table of the accounts that take part.
/// </summary>
/// <typeparam name="TRow">Type of a row.</typeparam>
internal sealed class EventTable<TRow>(
    QueryRunner runner, string table, string id, string links, string linkId, ColumnSet<TRow> columns, Func<TRow, EventCursor> place)
    where TRow : new()
{
    /// <summary>Pages of all events.</summary>
    /// <remarks>
    /// Order: by id, which is also the order of (ledger_created_at, id), because a later ledger never closes before an earlier one. The
    /// primary key begins with the id, so nothing is sorted. Ordered by time and id, a plain table would be read and sorted completely. The
    /// bound on the time only avoids opening chunks outside of it. A page in the columnstore is read by time and id, the order of its
    /// batches.
    /// </remarks>
    public async Task<Page<TRow, EventCursor>> AllAsync(PageRequest<EventCursor> page, int choice, CancellationToken cancellationToken)
    {
        page.Check();
        return await runner.Columnstore.HoldsAsync(
            table, page.From?.LedgerCreatedAt, page.Range, page.ReadsDescending, cancellationToken).ConfigureAwait(false)
            ? await AllByTimeAsync(page, choice, cancellationToken).ConfigureAwait(false)
            : await AllByIdAsync(page, choice, cancellationToken).ConfigureAwait(false);
    }

    private Task<Page<TRow, EventCursor>> AllByTimeAsync(PageRequest<EventCursor> page, int choice, CancellationToken cancellationToken)
    {
        var arguments = new Arguments();
        string[] key = ["e.ledger_created_at", $"e.{id}"];
        string cursor = arguments.Beyond(key, page.From, page.ReadsDescending, beginsWithTime: true);
        string range = arguments.Within(key[0], page.Range);
        string text =
            $$"""
            SELECT {{columns.Choose(choice).Sql("e")}}
            FROM {schema}."{{table}}" AS e
            WHERE true{{cursor}}{{range}}
            ORDER BY {{Keyset.Order(key, page.ReadsDescending)}}
            LIMIT {{arguments.Add(page.Limit + 1)}}
            """;
        return PageAsync("get_all.columnstore", text, arguments, page, choice, cancellationToken);
    }

    private Task<Page<TRow, EventCursor>> AllByIdAsync(PageRequest<EventCursor> page, int choice, CancellationToken cancellationToken)
    {
        var arguments = new Arguments();
        bool descending = page.ReadsDescending;
        char beyond = descending ? '<' : '>';
        string cursor = page.From is { } from
            ? $" AND e.{id} {beyond} {arguments.Add(from.Id)} AND e.ledger_created_at {beyond}= {arguments.Add(from.LedgerCreatedAt)}"
            : "";
        string range = arguments.Within("e.ledger_created_at", page.Range);
        string text =
            $$"""
            SELECT {{columns.Choose(choice).Sql("e")}}
            FROM {schema}."{{table}}" AS e
            WHERE true{{cursor}}{{range}}
            ORDER BY {{Keyset.Order([$"e.{id}"], descending)}}
            LIMIT {{arguments.Add(page.Limit + 1)}}
            """;
        return PageAsync("get_all", text, arguments, page, choice, cancellationToken);
    }

    /// <summary>Pages of the events that an account takes part in.</summary>
    /// <remarks>
    /// The keys of the page come from the primary key of the table of links, (account_id, ledger_created_at, id), in its order: nothing is
    /// sorted, and no chunk outside the time range is opened. Each event is then one look-up by its primary key, and the server stops at
    /// the end of the page. The page is counted in events, not in links: retention drops the chunks of each table on its own, so links may
    /// be there without their events. The ordered subquery and LIMIT 1 are fences like MATERIALIZED, but keep the order known to the
    /// planner, so that the rows are not sorted again.
    /// </remarks>
    public Task<Page<TRow, EventCursor>> ByAccountAsync(
        StellarAddress account, PageRequest<EventCursor> page, int choice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(account);
        page.Check();
        var arguments = new Arguments();
        string[] key = ["l.ledger_created_at", $"l.{linkId}"];
        bool descending = page.ReadsDescending;
        string who = arguments.Add(account.Stored);
        string cursor = arguments.Beyond(key, page.From, descending, beginsWithTime: true);
        string range = arguments.Within("l.ledger_created_at", page.Range);
        string text =
            $$"""
            SELECT {{columns.Choose(choice).Sql("e")}}
            FROM (
                SELECT l.ledger_created_at, l.{{linkId}}
                FROM {schema}."{{links}}" AS l
                WHERE l.account_id = {{who}}{{cursor}}{{range}}
                ORDER BY {{Keyset.Order(key, descending)}}
            ) AS l
            CROSS JOIN LATERAL (
                SELECT * FROM {schema}."{{table}}" AS e
                WHERE e.{{id}} = l.{{linkId}} AND e.ledger_created_at = l.ledger_created_at
                LIMIT 1
            ) AS e
            ORDER BY {{Keyset.Order(key, descending)}}
            LIMIT {{arguments.Add(page.Limit + 1)}}
            """;
        return PageAsync("by_account", text, arguments, page, choice, cancellationToken);
    }

    /// <summary>Events by their keys, or by keys from which the event follows.</summary>
    /// <remarks>
    /// One look-up by primary key for each. OFFSET 0 keeps the planner from a hash join with a scan of all chunks.
    /// </remarks>
    /// <param name="name">Name of the query.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="eventOfKey">The id of the event for i.id, as SQL.</param>
    /// <param name="choice">The columns to read.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Rows by the given key. Keys without a row are missing.</returns>
    public Task<Dictionary<long, TRow>> ByKeysAsync(
        string name, IEnumerable<EventKey> keys, string eventOfKey, int choice, CancellationToken cancellationToken)
    {
        var arguments = new Arguments();
        var input = EventKeys.Add(arguments, keys);
        ColumnSet<TRow>.Choice chosen = columns.Choose(choice);
        string text =
            $$"""
            SELECT i.id, {{chosen.Sql("e")}}
            FROM {{input.Source}}
            CROSS JOIN LATERAL (
                SELECT * FROM {schema}."{{table}}" AS e
                WHERE e.{{id}} = {{eventOfKey}}{{input.PinTo("e.ledger_created_at")}}
                OFFSET 0
            ) AS e
            """;
        return runner.RunAsync(Named(name, text), arguments.Values, async (reader, token) =>
        {
            var rows = new Dictionary<long, TRow>();
            while (await reader.ReadAsync(token).ConfigureAwait(false)) rows[reader.GetInt64(0)] = chosen.Read(reader, 1);
            return rows;
        }, cancellationToken);
    }

    /// <summary>The accounts that take part in events.</summary>
    /// <remarks>
    /// Uses the index on the event's id in the table of links, and one scan for all events whose links are in the columnstore.
    /// </remarks>
    public async Task<Dictionary<long, IReadOnlyList<string>>> ParticipantsAsync(
        string name, IEnumerable<EventKey> keys, CancellationToken cancellationToken)
    {
        (IReadOnlyList<EventKey> inColumns, IReadOnlyList<EventKey> inRows) =
            await runner.Columnstore.DivideAsync(links, keys, Toid.TransactionOf, cancellationToken).ConfigureAwait(false);
        var accounts = new Dictionary<long, List<string>>();
        if (inRows.Count > 0 || inColumns.Count == 0)
        {
            var arguments = new Arguments();
            var input = EventKeys.Add(arguments, inRows);
            string text =
                $$"""
                SELECT i.id, l.account_id
                FROM {{input.Source}}
                CROSS JOIN LATERAL (
                    SELECT * FROM {schema}."{{links}}" AS l
                    WHERE l.{{linkId}} = i.id{{input.PinTo("l.ledger_created_at")}}
                    OFFSET 0
                ) AS l
                """;
            await CollectAsync(new Query(name, links, text), arguments, accounts, cancellationToken).ConfigureAwait(false);
        }

        if (inColumns.Count > 0)
        {
            var arguments = new Arguments();
            var input = EventKeys.Add(arguments, inColumns);
            string text =
                $$"""
                WITH l AS MATERIALIZED (
                    SELECT l.account_id, l.ledger_created_at, l.{{linkId}} FROM {schema}."{{links}}" AS l
                    WHERE {{input.AnyOf(arguments, "l.ledger_created_at", $"l.{linkId}")}}
                )
                SELECT i.id, l.account_id
                FROM {{input.Source}}
                JOIN l ON l.{{linkId}} = i.id AND l.ledger_created_at = i.at
                """;
            await CollectAsync(new Query($"{name}.columnstore", links, text), arguments, accounts, cancellationToken).ConfigureAwait(false);
        }

        foreach (List<string> ofEvent in accounts.Values) ofEvent.Sort(StringComparer.Ordinal);
        return accounts.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)pair.Value);
    }

    private Task<int> CollectAsync(
        Query query, Arguments arguments, Dictionary<long, List<string>> accounts, CancellationToken cancellationToken) => runner.RunAsync(
        query,
        arguments.Values,
        async (reader, token) =>
        {
            int rows = 0;
            for (; await reader.ReadAsync(token).ConfigureAwait(false); rows++)
            {
                if (!accounts.TryGetValue(reader.GetInt64(0), out List<string>? ofEvent)) accounts.Add(reader.GetInt64(0), ofEvent = []);
                ofEvent.Add(FieldText.Address(reader, 1));
            }

            return rows;
        },
        cancellationToken);

    /// <summary>Runs a query that returns one page.</summary>
    public async Task<Page<TRow, EventCursor>> PageAsync(
        string name, string text, Arguments arguments, PageRequest<EventCursor> page, int choice, CancellationToken cancellationToken)
    {
        List<TRow> rows = await runner.RunAsync(Named(name, text), arguments.Values, columns.Choose(choice).ReadAllAsync, cancellationToken)
            .ConfigureAwait(false);
        return Page<TRow, EventCursor>.Of(rows, page.Limit, page.IsBackward, place);
    }

    private Query Named(string name, string text) => new($"{table}.{name}", table, text);
}
