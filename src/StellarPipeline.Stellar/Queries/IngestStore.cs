using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Stellar.Queries;

/// <summary>
/// The cursors of ingestion in ingest_store, which say which ledgers the tables hold. Values are ledgers as decimal text.
/// </summary>
/// <remarks>
/// On a <see cref="LoadTransaction"/> or a connection, a change is part of the caller's transaction and becomes visible when that commits.
/// Failures are <see cref="NpgsqlException"/>s, which the owner of the transaction should translate. On a data source each change is its
/// own transaction, and failures are <see cref="DatabaseException"/>s.
/// </remarks>
public sealed class IngestStore
{
    /// <summary>Key of the last ledger in the tables. Ingestion continues after it.</summary>
    public const string Latest = "latest_ingest_ledger";

    /// <summary>Key of the first ledger of the history without gaps.</summary>
    public const string Oldest = "oldest_ingest_ledger";

    // The primary key of ingest_store is the key: each of these statements touches one row.
    private static readonly Query Get = Of("get", "SELECT value FROM {schema}.\"ingest_store\" WHERE key = $1");

    private static readonly Query Set = Of(
        "set", "INSERT INTO {schema}.\"ingest_store\" (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value");

    private static readonly Query Guarded =
        Of("update_guarded", "UPDATE {schema}.\"ingest_store\" SET value = $2 WHERE key = $1 AND value = ANY ($3) RETURNING 1");

    // A row of another kind, which belongs to the cursor, is written if the cursor was moved.
    private static readonly Query GuardedWith = Of(
        "update_guarded_with",
        """
        WITH moved AS (UPDATE {schema}."ingest_store" SET value = $2 WHERE key = $1 AND value = ANY ($3) RETURNING 1),
        noted AS (
          INSERT INTO {schema}."ingest_store" (key, value) SELECT $4, $5 FROM moved
          ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value)
        SELECT 1 FROM moved
        """);

    private static readonly Query Several = Of("get_several", "SELECT key, value FROM {schema}.\"ingest_store\" WHERE key = ANY ($1)");

    // Compared as numbers: as text, "99" would be above "100". A value that is not a ledger stays, and is an error when it is returned.
    private static readonly Query Min = Of(
        "update_min",
        $$"""
        UPDATE {schema}."ingest_store"
        SET value = CASE WHEN $2 < {{LedgerSql("value")}} THEN $2::text ELSE value END
        WHERE key = $1 RETURNING value
        """);

    private static readonly Query Swap = Of(
        "compare_and_swap",
        """
        WITH swapped AS (UPDATE {schema}."ingest_store" SET value = $3 WHERE key = $1 AND value = $2 RETURNING 1)
        SELECT EXISTS (SELECT FROM swapped), EXISTS (SELECT FROM {schema}."ingest_store" WHERE key = $1)
        """);

    // The id of a transaction holds its ledger in the upper 32 bits, so an index-only scan of the primary key (to_id, …) returns the
    // ledgers of the range in order. The extra row after the range turns the ledgers after the last transaction into a gap like the others.
    private static readonly Query Gaps = new(
        "ingest_store.gaps",
        "transactions",
        """
        SELECT before + 1, ledger - 1
        FROM (
            SELECT ledger, LAG(ledger, 1, $1 - 1) OVER (ORDER BY ledger) AS before
            FROM (
                SELECT DISTINCT to_id >> 32 AS ledger FROM {schema}."transactions" WHERE to_id >= $1 << 32 AND to_id <= ($2 << 32) +
                  4294967295
                UNION ALL SELECT $2 + 1
            ) AS present
        ) AS pairs
        WHERE ledger > before + 1
        ORDER BY ledger
        """);

    private readonly QueryRunner runner;

    /// <summary>Works in the transaction of a load, on the tables of its schema.</summary>
    /// <param name="load">The transaction.</param>
    /// <exception cref="ConnectionSettingsException">No schema of the search path exists.</exception>
    public IngestStore(LoadTransaction load)
        : this(new QueryRunner(load))
    {
    }

    /// <summary>Works on an open connection, in its open transaction if there is one. The search path is pinned until that ends.</summary>
    /// <param name="connection">The connection; stays the caller's.</param>
    /// <param name="schema">The schema of the tables, spelled as in the catalog.</param>
    public IngestStore(NpgsqlConnection connection, string schema)
        : this(new QueryRunner(connection, schema, leavesFailures: true))
    {
    }

    /// <summary>Works on connections of a data source, each call in its own transaction.</summary>
    /// <param name="dataSource">Where to connect; stays the caller's.</param>
    /// <param name="schema">The schema of the tables; null for that of the data source
    /// (<see cref="SessionStart.RequireSchemaAsync"/>).</param>
    public IngestStore(NpgsqlDataSource dataSource, string? schema = null)
        : this(new QueryRunner(dataSource, new QueryOptions { Schema = schema }))
    {
    }

    internal IngestStore(QueryRunner runner) => this.runner = runner;

    /// <summary>Reads a cursor.</summary>
    /// <param name="key">Key of the cursor.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Its ledger; null if there is no such cursor.</returns>
    /// <exception cref="IngestCursorException">The value is not a ledger.</exception>
    public async Task<uint?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        await runner.RunAsync(Get, Values(key), ValueAsync, cancellationToken).ConfigureAwait(false) is { } value
            ? Ledger(key, value)
            : null;

    /// <summary>Reads several rows of the table, whatever they mean.</summary>
    /// <returns>The values of the keys that exist.</returns>
    internal async Task<IReadOnlyDictionary<string, string>> ReadAsync(string[] keys, CancellationToken cancellationToken)
    {
        var arguments = new Arguments();
        arguments.Add(keys);
        List<(string Key, string Value)> rows = await runner.ListAsync(
            Several, arguments.Values, reader => (reader.GetString(0), reader.GetString(1)), cancellationToken).ConfigureAwait(false);
        return rows.ToDictionary(row => row.Key, row => row.Value, StringComparer.Ordinal);
    }

    /// <summary>The ledger of a cursor among rows that were read; null if there is no such cursor.</summary>
    /// <exception cref="IngestCursorException">The value is not a ledger.</exception>
    internal static uint? LedgerOf(IReadOnlyDictionary<string, string> rows, string key) =>
        rows.TryGetValue(key, out string? value) ? Ledger(key, value) : null;

    /// <summary>The ledger that the text of a cursor means, by the one rule for all of them (<see cref="IsLedger"/>).</summary>
    /// <exception cref="IngestCursorException">The value is not a ledger.</exception>
    internal static uint Ledger(string key, string value) =>
        IsLedger(value, out uint ledger) ? ledger : throw QueryThrow.CursorIsNoLedger(key, value);

    /// <summary>
    /// The rule for the text of a cursor: 0 to 4,294,967,295 in decimal digits, without sign, space or leading zero. Guarded updates
    /// compare texts, so a ledger has only one text.
    /// </summary>
    internal static bool IsLedger(string value, out uint ledger) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ledger) && value == Decimal(ledger);

    /// <summary>The same rule in SQL: the ledger as int8; NULL if the text is not one. CASE casts only what is a number.</summary>
    internal static string LedgerSql(string text) =>
        $"CASE WHEN {text} ~ '^(0|[1-9][0-9]{{0,9}})$' THEN nullif(LEAST({text}::int8, 4294967296), 4294967296) END";

    /// <summary>Sets a cursor, whether it exists or not.</summary>
    /// <param name="key">Key of the cursor.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="cancellationToken">Cancels the statement; the caller's transaction must then be rolled back.</param>
    public Task SetAsync(string key, uint ledger, CancellationToken cancellationToken = default) =>
        SetAsync((key, Decimal(ledger)), cancellationToken);

    /// <summary>Sets a row of the table, whatever it means.</summary>
    internal Task SetAsync((string Key, string Value) row, CancellationToken cancellationToken) => runner.RunAsync(
        Set, Values(row.Key, row.Value), (reader, _) => Task.FromResult(reader.RecordsAffected), cancellationToken);

    /// <summary>Moves a cursor if it has an expected value, so that another program that moves it is noticed.</summary>
    /// <param name="key">Key of the cursor.</param>
    /// <param name="expected">The values that are allowed before: the previous ledger, and for work that may be repeated also the new
    /// one.</param>
    /// <param name="ledger">The new ledger.</param>
    /// <param name="cancellationToken">Cancels the statement; the caller's transaction must then be rolled back.</param>
    /// <exception cref="IngestCursorException">It has another value or is missing. It was not changed, and the caller's transaction must be
    /// rolled back.</exception>
    public async Task UpdateGuardedAsync(
        string key, IReadOnlyList<uint> expected, uint ledger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(expected);
        await UpdateGuardedAsync(key, expected, ledger, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same, and writes another row of the table in the same statement.</summary>
    internal async Task UpdateGuardedAsync(
        string key, IReadOnlyList<uint> expected, uint ledger, (string Key, string Value)? with, CancellationToken cancellationToken)
    {
        var arguments = new Arguments();
        arguments.Add(key);
        arguments.Add(Decimal(ledger));
        arguments.Add([.. expected.Select(Decimal)]);
        if (with is { } row)
        {
            arguments.Add(row.Key);
            arguments.Add(row.Value);
        }

        bool isMoved = await runner.RunAsync(
            with is null ? Guarded : GuardedWith, arguments.Values, (reader, token) => reader.ReadAsync(token), cancellationToken)
            .ConfigureAwait(false);
        if (!isMoved) throw QueryThrow.CursorMoved(key, expected, await GetAsync(key, cancellationToken).ConfigureAwait(false), ledger);
    }

    /// <summary>Lowers a cursor. A lower one, or a missing one, is not changed.</summary>
    /// <param name="key">Key of the cursor.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="cancellationToken">Cancels the statement; the caller's transaction must then be rolled back.</param>
    /// <returns>Its value afterwards, the lower of the two; null if there is no such cursor.</returns>
    /// <exception cref="IngestCursorException">The value is not a ledger.</exception>
    public async Task<uint?> UpdateMinAsync(string key, uint ledger, CancellationToken cancellationToken = default)
    {
        var arguments = new Arguments();
        arguments.Add(key);
        arguments.Add((long)ledger);
        return await runner.RunAsync(Min, arguments.Values, ValueAsync, cancellationToken).ConfigureAwait(false) is { } value
            ? Ledger(key, value)
            : null;
    }

    /// <summary>Moves a cursor from one ledger to another, or tells why not. If two callers try the same, only one succeeds.</summary>
    /// <param name="key">Key of the cursor.</param>
    /// <param name="expected">The ledger that it must have.</param>
    /// <param name="ledger">The new ledger.</param>
    /// <param name="cancellationToken">Cancels the statement; the caller's transaction must then be rolled back.</param>
    /// <returns>Whether it was moved, has another value, or is missing.</returns>
    public Task<SwapOutcome> CompareAndSwapAsync(string key, uint expected, uint ledger, CancellationToken cancellationToken = default) =>
        runner.RunAsync(Swap, Values(key, Decimal(expected), Decimal(ledger)), OutcomeAsync, cancellationToken);

    /// <summary>
    /// The ledgers of a range without a transaction in the tables. A ledger that closed without transactions looks like one that was never
    /// stored.
    /// </summary>
    /// <param name="first">The first ledger of the range.</param>
    /// <param name="last">The last ledger of the range, at most <see cref="int.MaxValue"/>.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The gaps in order, including those at the ends of the range.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range ends before it begins, or after the largest ledger that the tables can
    /// hold.</exception>
    public Task<IReadOnlyList<LedgerGap>> FindGapsAsync(uint first, uint last, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(last, (uint)int.MaxValue);
        var arguments = new Arguments();
        arguments.Add((long)first);
        arguments.Add((long)last);
        return runner.RunAsync(Gaps, arguments.Values, GapsAsync, cancellationToken);
    }

    private static Query Of(string name, string text) => new($"ingest_store.{name}", "ingest_store", text);

    private static IReadOnlyList<NpgsqlParameter> Values(params string[] texts)
    {
        var arguments = new Arguments();
        foreach (string text in texts) arguments.Add(text);
        return arguments.Values;
    }

    private static string Decimal(uint ledger) => ledger.ToString(CultureInfo.InvariantCulture);

    private static async Task<string?> ValueAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetString(0) : null;

    private static async Task<SwapOutcome> OutcomeAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return reader.GetBoolean(0) ? SwapOutcome.Swapped : reader.GetBoolean(1) ? SwapOutcome.Differs : SwapOutcome.Missing;
    }

    private static async Task<IReadOnlyList<LedgerGap>> GapsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var gaps = new List<LedgerGap>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            gaps.Add(new LedgerGap((uint)reader.GetInt64(0), (uint)reader.GetInt64(1)));
        return gaps;
    }
}
