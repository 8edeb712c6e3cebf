using System.Globalization;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// wallet-backend's tables with rows by ledger, as far as they exist: five of history, two of the current state of SEP-41.
/// </summary>
internal sealed class LivingHistory(LoadTransaction load, uint checkpoint)
{
    /// <summary>The protocol whose current state is in these tables.</summary>
    public const string Sep41 = "SEP41";

    // An id holds the ledger in its upper 32 bits (wallet-backend's TOID).
    private const int LedgerShift = 32;

    private static readonly (string Table, string Column, bool IsId)[] HistoryTables =
    [
        ("transactions", "ledger_number", false), ("transactions_accounts", "tx_to_id", true),
        ("operations", "ledger_number", false), ("operations_accounts", "operation_id", true), ("state_changes", "ledger_number", false),
    ];

    private static readonly string[] StateTables = ["sep41_balances", "sep41_allowances"];

    // The bookkeeping of backfills: a batch that extends above the checkpoint is removed, and its remaining rows count as found.
    private static readonly string[] BookkeepingTables = ["backfill_batches", "backfill_leases"];

    /// <summary>The status of the classification of contract codes, as table.column.</summary>
    public const string ProtocolStatus = "protocols.classification_status";

    /// <summary>The tables that are examined, each with a column that another program's table of the same name would not have.</summary>
    public static string[] Columns { get; } = [.. HistoryTables.Select(table => $"{table.Table}.{table.Column}"),
        .. StateTables.Select(table => $"{table}.last_modified_ledger"), ProtocolStatus,
        .. BookkeepingTables.Select(table => $"{table}.last_ledger")];

    private readonly List<(string Table, string Column, bool IsId)> present = [];
    private readonly List<(string Table, long Rows)> noted = [];
    private readonly List<(string Name, long Rows, long RowsAbove)> state = [];
    private bool stateIsDropped;

    /// <summary>The table of protocols and their statuses.</summary>
    public static CopyTable Protocols { get; } = new("protocols", "id");

    /// <summary>True only tells what would be removed, and removes nothing.</summary>
    public bool IsPlanned { get; set; }

    /// <summary>History tables with rows above the checkpoint.</summary>
    public IReadOnlyList<(string Name, long Rows)> Above { get; private set; } = [];

    /// <summary>Whether there are history rows at or below the checkpoint.</summary>
    public bool ReachesBelow { get; private set; }

    /// <summary>Whether the table of protocols exists.</summary>
    public bool HasProtocols { get; private set; }

    /// <summary>Finds the tables and counts their rows, replacing earlier results.</summary>
    /// <exception cref="PopulateException">The role may not see all rows of one of them: then it is not known what is above the
    /// checkpoint.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        List<string> found = await FindAsync(cancellationToken).ConfigureAwait(false);
        present.Clear();
        state.Clear();
        noted.Clear();
        ReachesBelow = false;
        HasProtocols = found.Contains("protocols");
        present.AddRange(HistoryTables.Where(table => found.Contains(table.Table)));
        string[] states = [.. StateTables.Where(found.Contains)], notes = [.. BookkeepingTables.Where(found.Contains)];
        var counts = new Queue<long>(await CountAsync(
            [
                .. present.SelectMany(table => new[]
                {
                    $"SELECT count(*) FROM {Name(table.Table)} WHERE {table.Column} >= {Bound(table.IsId)}",
                    $"SELECT EXISTS (SELECT FROM {Name(table.Table)} WHERE {table.Column} < {Bound(table.IsId)})::int::int8",
                }),
                .. states.SelectMany(table => new[]
                {
                    $"SELECT count(*) FROM {Name(table)}",
                    $"SELECT count(*) FROM {Name(table)} WHERE last_modified_ledger >= {Bound(false)}",
                }),
                .. notes.Select(table => $"SELECT count(*) FROM {Name(table)} WHERE last_ledger >= {Bound(false)}"),
            ], cancellationToken).ConfigureAwait(false));
        var above = new List<(string, long)>();
        foreach ((string table, string _, bool _) in present)
        {
            if (counts.Dequeue() is > 0 and var rows) above.Add((table, rows));
            ReachesBelow |= counts.Dequeue() > 0;
        }

        state.AddRange(states.Select(table => (table, counts.Dequeue(), counts.Dequeue())));
        foreach (string table in notes)
        {
            if (counts.Dequeue() is > 0 and var rows) noted.Add((table, rows));
        }

        Above = above;
    }

    /// <summary>How much of the current state of a protocol is from above the checkpoint, as text after its cursor.</summary>
    public string StateOf(ProtocolCursor cursor) => cursor.IsHistory || cursor.Protocol != Sep41 || state.Count == 0
        ? ""
        : $" ("
            + $"{string.Join(", ", state.Select(
                table => FormattableString.Invariant($"{table.RowsAbove:N0} of {table.Rows:N0} rows of {table.Name} changed since")))})";

    /// <summary>Deletes the history above the checkpoint.</summary>
    public async Task DiscardAsync(List<string> dropped, CancellationToken cancellationToken)
    {
        foreach ((string name, long above) in Above)
        {
            (string table, string column, bool isId) = present.First(candidate => candidate.Table == name);
            long rows =
                IsPlanned
                    ? above
                    : await load.RunAsync($"DELETE FROM {Name(table)} WHERE {column} >= {Bound(isId)}", [], cancellationToken)
                        .ConfigureAwait(false);
            dropped.Add(FormattableString.Invariant($"{rows:N0} rows of {table} above the checkpoint"));
        }

        foreach ((string table, long above) in noted)
        {
            long rows =
                IsPlanned
                    ? above
                    : await load.RunAsync($"DELETE FROM {Name(table)} WHERE last_ledger >= {Bound(false)}", [], cancellationToken)
                        .ConfigureAwait(false);
            dropped.Add(FormattableString.Invariant($"{rows:N0} rows of {table}, the bookkeeping of backfills, above the checkpoint"));
        }
    }

    /// <summary>Deletes the current state of SEP-41, which ends above the checkpoint and cannot be moved back to it.</summary>
    public async Task DropStateAsync(List<string> dropped, CancellationToken cancellationToken)
    {
        if (stateIsDropped) return;
        stateIsDropped = true;
        foreach ((string table, long all, long _) in state)
        {
            long rows = IsPlanned ? all : await load.RunAsync($"DELETE FROM {Name(table)}", [], cancellationToken).ConfigureAwait(false);
            dropped.Add(FormattableString.Invariant($"{rows:N0} rows of {table}, the current state of SEP-41 above the checkpoint"));
        }
    }

    /// <summary>The highest ledger of any row; 0 if there is none.</summary>
    public async Task<uint> FindHighestAsync(CancellationToken cancellationToken)
    {
        List<string> found = await FindAsync(cancellationToken).ConfigureAwait(false);
        long highest = 0;
        foreach ((string table, string column, bool isId) in HistoryTables.Where(table => found.Contains(table.Table)))
        {
            long last =
                await CountAsync($"SELECT coalesce(max({column}), 0)::int8 FROM {Name(table)}", cancellationToken).ConfigureAwait(false);
            highest = Math.Max(highest, isId ? last >> LedgerShift : last);
        }

        return (uint)highest;
    }

    /// <summary>Whether the status of a protocol's migration is 'success'.</summary>
    public async Task<bool> IsDoneAsync(ProtocolCursor cursor, CancellationToken cancellationToken) =>
        (await load.RowsAsync($"SELECT id FROM {Name("protocols")} WHERE {cursor.StatusColumn} = 'success'", cancellationToken)
            .ConfigureAwait(false)).Exists(row => row[0] == cursor.Protocol);

    /// <summary>The tables that exist with the column of the ledger. Another program's table of that name would not have it.</summary>
    private async Task<List<string>> FindAsync(CancellationToken cancellationToken)
    {
        const string Sql =
            """
            SELECT c.relname::text, CASE WHEN has_table_privilege(c.oid, 'SELECT') THEN CASE WHEN row_security_active(c.oid) THEN 'hidden'
              ELSE '' END ELSE 'denied' END
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
             WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND (c.relname::text || '.' || a.attname::text) = ANY ($2)
            """;
        List<string[]> rows = await load.RowsAsync(Sql, [load.RequireSchema(), Columns], cancellationToken).ConfigureAwait(false);
        if (rows.Find(row => row[1].Length > 0) is { } unseen) throw PopulateThrow.HistoryUnseen(unseen[0], unseen[1] == "hidden");
        return rows.ConvertAll(row => row[0]);
    }

    /// <summary>The lowest value of a column that belongs to a ledger above the checkpoint.</summary>
    private string Bound(bool isId) => (isId ? (checkpoint + 1L) << LedgerShift : checkpoint + 1L).ToString(CultureInfo.InvariantCulture);

    private string Name(string table) => load.Resolve(new CopyTable(table, "id")).QualifiedName;

    private async Task<long> CountAsync(string sql, CancellationToken cancellationToken) =>
        (await CountAsync([sql], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>The results of queries for one number each, in one round trip.</summary>
    private async Task<long[]> CountAsync(string[] queries, CancellationToken cancellationToken)
    {
        if (queries.Length == 0) return [];
        string all = $"SELECT {string.Join(", ", queries.Select(query => $"({query})"))}";
        return [.. (await load.RowsAsync(all, cancellationToken).ConfigureAwait(false))[0].Select(
            number => long.Parse(number, CultureInfo.InvariantCulture))];
    }
}
