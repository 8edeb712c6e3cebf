using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>
/// What transactions and operations have in common: a table of events with an id and a time, and one that says which accounts take part.
/// </summary>
/// <typeparam name="TRow">A row of the table.</typeparam>
internal sealed class EventTable<TRow>(
    QueryRunner runner, string table, string id, string links, string linkId, ColumnSet<TRow> columns, Func<TRow, EventCursor> place)
    where TRow : new()
{
    /// <summary>Pages of all events.</summary>
    /// <remarks>
    /// Order: by id, which is the order of (ledger_created_at, id) as well, since a later ledger never closes before an earlier one. The
    /// primary key begins with the id, so nothing is sorted; by time and id a plain table would be read and sorted whole. The bound on the
    /// time adds nothing but that chunks outside are not opened.
    /// </remarks>
    public Task<Page<TRow, EventCursor>> AllAsync(PageRequest<EventCursor> page, int choice, CancellationToken cancellationToken)
    {
        page.Check();
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
    /// The page's keys come from the primary key of the table of links, (account_id, ledger_created_at, id), in its own order: nothing is
    /// sorted, and no chunk outside the range is opened. LIMIT makes that half a fence, as MATERIALIZED would, but keeps its order known,
    /// so that the rows need no sort after it. Each event is then one look-up by its primary key.
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
                LIMIT {{arguments.Add(page.Limit + 1)}}
            ) AS l
            CROSS JOIN LATERAL (
                SELECT * FROM {schema}."{{table}}" AS e
                WHERE e.{{id}} = l.{{linkId}} AND e.ledger_created_at = l.ledger_created_at
                LIMIT 1
            ) AS e
            ORDER BY {{Keyset.Order(key, descending)}}
            """;
        return PageAsync("by_account", text, arguments, page, choice, cancellationToken);
    }

    /// <summary>Events by their keys, or by keys that say which event they are of.</summary>
    /// <remarks>
    /// One look-up by primary key for each. OFFSET 0 keeps the planner from making a hash join with a scan of all chunks of it.
    /// </remarks>
    /// <param name="name">What the query is called.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="eventOfKey">The event of i.id, as SQL.</param>
    /// <param name="choice">Columns.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>Rows by the key that was given; keys without a row are missing.</returns>
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
    /// By the index on the event's id in the table of links; one scan for all events whose links lie in the columnstore.
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

    /// <summary>Runs a query that gives one page.</summary>
    public async Task<Page<TRow, EventCursor>> PageAsync(
        string name, string text, Arguments arguments, PageRequest<EventCursor> page, int choice, CancellationToken cancellationToken)
    {
        List<TRow> rows = await runner.RunAsync(Named(name, text), arguments.Values, columns.Choose(choice).ReadAllAsync, cancellationToken)
            .ConfigureAwait(false);
        return Page<TRow, EventCursor>.Of(rows, page.Limit, page.IsBackward, place);
    }

    private Query Named(string name, string text) => new($"{table}.{name}", table, text);
}
