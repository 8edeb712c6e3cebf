using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the tables transactions and transactions_accounts.</summary>
public sealed class Transactions
{
    private const int HashBytes = 32;

    private readonly QueryRunner runner;
    private readonly EventTable<TransactionRow> table;

    internal Transactions(QueryRunner runner)
    {
        this.runner = runner;
        table = new EventTable<TransactionRow>(
            runner, "transactions", "to_id", "transactions_accounts", "tx_to_id", TransactionRow.Columns, row => row.Cursor);
    }

    /// <summary>One transaction.</summary>
    /// <param name="hash">Its hash, 64 hexadecimal digits; for a fee bump, the hash of the fee bump.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The transaction; null if there is no row for it.</returns>
    /// <exception cref="QueryInputException">The text is not 64 hexadecimal digits.</exception>
    public Task<TransactionRow?> GetByHashAsync(
        string hash, TransactionColumns columns = TransactionColumns.All, CancellationToken cancellationToken = default)
    {
        var arguments = new Arguments();
        ColumnSet<TransactionRow>.Choice chosen = TransactionRow.Columns.Choose((int)columns);

        // Uses the index on hash; in compressed chunks, their bloom filter. LIMIT ends the search with the first chunk that has it.
        string text =
            $$"""
            SELECT {{chosen.Sql("e")}}
            FROM {schema}."transactions" AS e
            WHERE e.hash = {{arguments.Add(Hash(hash))}}
            LIMIT 1
            """;
        return runner.RunAsync(new Query("transactions.get_by_hash", "transactions", text), arguments.Values, async (reader, token) =>
            await reader.ReadAsync(token).ConfigureAwait(false) ? chosen.Read(reader) : null, cancellationToken);
    }

    /// <summary>All transactions, page by page.</summary>
    /// <param name="page">Which rows to return.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<Page<TransactionRow, EventCursor>> GetAllAsync(
        PageRequest<EventCursor> page, TransactionColumns columns = TransactionColumns.All,
        CancellationToken cancellationToken = default) =>
        table.AllAsync(page, (int)columns, cancellationToken);

    /// <summary>The transactions of one ledger, page by page.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="page">Which rows to return; its cursor is one of this ledger, its time range is ignored.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<Page<TransactionRow, EventCursor>> GetByLedgerAsync(
        uint ledger, PageRequest<EventCursor> page, TransactionColumns columns = TransactionColumns.All,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(page);
        page.Check();

        // Columns for ledgers are integers, so larger numbers have no rows, and no ids.
        if (ledger > int.MaxValue) return Task.FromResult(new Page<TransactionRow, EventCursor>([], false, null, null));
        var arguments = new Arguments();
        bool descending = page.ReadsDescending;
        string first = arguments.Add(Toid.FirstOf(ledger)), last = arguments.Add(Toid.FirstOf(ledger) + uint.MaxValue);
        string cursor = page.From is { } from
            ? $" AND e.ledger_created_at = {arguments.Add(from.LedgerCreatedAt)} AND e.to_id {(descending ? '<' : '>')} "
                + arguments.Add(from.Id)
            : "";

        // A range of the primary key, in its order. The time is known only from a cursor; without it, every chunk is looked at, as for a
        // hash, and of its columnstore the batches with such ids are unpacked.
        string text =
            $$"""
            SELECT {{TransactionRow.Columns.Choose((int)columns).Sql("e")}}
            FROM {schema}."transactions" AS e
            WHERE e.to_id BETWEEN {{first}} AND {{last}}{{cursor}}
            ORDER BY {{Keyset.Order(["e.to_id"], descending)}}
            LIMIT {{arguments.Add(page.Limit + 1)}}
            """;
        return table.PageAsync("by_ledger", text, arguments, page, (int)columns, cancellationToken);
    }

    /// <summary>The transactions that an account or contract takes part in, page by page.</summary>
    /// <param name="account">The account or contract.</param>
    /// <param name="page">Which rows to return.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000.</exception>
    public Task<Page<TransactionRow, EventCursor>> GetByAccountAsync(
        StellarAddress account, PageRequest<EventCursor> page, TransactionColumns columns = TransactionColumns.All,
        CancellationToken cancellationToken = default) =>
        table.ByAccountAsync(account, page, (int)columns, cancellationToken);

    /// <summary>Transactions by their ids.</summary>
    /// <param name="transactions">Ids, with close times if known.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The transactions by id. Transactions without a row are missing.</returns>
    public async Task<IReadOnlyDictionary<long, TransactionRow>> GetByIdsAsync(
        IEnumerable<EventKey> transactions, TransactionColumns columns = TransactionColumns.All,
        CancellationToken cancellationToken = default) =>
        await table.ByKeysAsync("by_ids", transactions, "i.id", (int)columns, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// The transactions of operations. The transaction follows from the operation's id (<see cref="Toid.TransactionOf"/>), so the table of
    /// operations is not read.
    /// </summary>
    /// <param name="operations">Ids of operations, with close times if known.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The transactions by the id of the operation. Transactions without a row are missing.</returns>
    public async Task<IReadOnlyDictionary<long, TransactionRow>> GetByOperationIdsAsync(
        IEnumerable<EventKey> operations, TransactionColumns columns = TransactionColumns.All,
        CancellationToken cancellationToken = default) =>
        await table.ByKeysAsync("by_operation_ids", operations, "i.id & ~x'FFF'::int8", (int)columns, cancellationToken).ConfigureAwait(
            false);

    /// <summary>The transactions of state changes.</summary>
    /// <param name="changes">Cursors of state changes.</param>
    /// <param name="columns">Columns to read besides the key.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The transactions by the given cursor. Transactions without a row are missing.</returns>
    public async Task<IReadOnlyDictionary<StateChangeCursor, TransactionRow>> GetByStateChangesAsync(
        IReadOnlyCollection<StateChangeCursor> changes, TransactionColumns columns = TransactionColumns.All,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(changes);
        Dictionary<long, TransactionRow> rows = await table.ByKeysAsync(
            "by_state_changes", changes.Select(change => new EventKey(change.ToId, change.LedgerCreatedAt)), "i.id", (int)columns,
            cancellationToken).ConfigureAwait(false);
        return changes.Distinct().Where(change => rows.ContainsKey(change.ToId)).ToDictionary(
            change => change, change => rows[change.ToId]);
    }

    /// <summary>The accounts and contracts that take part in transactions.</summary>
    internal Task<Dictionary<long, IReadOnlyList<string>>> ParticipantsAsync(
        IEnumerable<EventKey> transactions, CancellationToken cancellationToken) =>
            table.ParticipantsAsync("accounts.by_to_ids", transactions, cancellationToken);

    /// <summary>Checks a hash without asking the database.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="QueryInputException">It is not 64 hexadecimal digits.</exception>
    public static void RequireHash(string text) => Hash(text);

    /// <summary>Parses a hash.</summary>
    internal static ReadOnlyMemory<byte> Hash(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == HashBytes * 2 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : throw QueryThrow.NoHash(text);
    }
}
