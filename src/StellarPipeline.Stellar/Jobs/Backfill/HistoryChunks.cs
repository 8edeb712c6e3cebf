using Npgsql;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Creates TimescaleDB chunks before a batch writes to them, in separate transactions.</summary>
/// <remarks>
/// Until a transaction that created a chunk commits, every session that needs another new chunk of the same hypertable waits, even for
/// another day. Batches on several connections would wait for each other, and a batch that also waits for its neighbour's proof would wait
/// for ever. The same holds for the first row in a compressed chunk, which marks the chunk. A row at the wanted time creates or marks the
/// chunk, with the interval of the hypertable. It is deleted in the same transaction, so no other session sees it. Safe for several batches
/// at the same time.
/// </remarks>
internal sealed class HistoryChunks : IDisposable
{
    // Rows that the constraints of the tables accept. No real row has the id 0, which would belong to ledger 0.
    private static readonly Dictionary<string, (string Columns, string Values, string Id)> Rows = new(StringComparer.Ordinal)
    {
        ["transactions"] = (
            "to_id, hash, fee_charged, result_code, ledger_number, is_fee_bump, ledger_created_at",
            "0, '', 0, '', 0, false, to_timestamp($1)", "to_id"),
        ["transactions_accounts"] = ("tx_to_id, account_id, ledger_created_at", "0, '', to_timestamp($1)", "tx_to_id"),
        ["operations"] = (
            "id, operation_type, result_code, successful, ledger_number, ledger_created_at", "0, 'PAYMENT', '', true, 0, to_timestamp($1)",
            "id"),
        ["operations_accounts"] = ("operation_id, account_id, ledger_created_at", "0, '', to_timestamp($1)", "operation_id"),
        ["state_changes"] = (
            "to_id, operation_id, state_change_id, state_change_category, state_change_reason, ledger_number, account_id, "
                + "ledger_created_at",
            "0, 0, 0, 'BALANCE', 'CREATE', 0, '', to_timestamp($1)", "to_id"),
    };

    private static readonly Query Covering = new(
        "chunks.covering",
        "timescaledb_information.chunks",
        """
        SELECT c.hypertable_name::text, extract(epoch FROM c.range_start)::int8, extract(epoch FROM c.range_end)::int8,
          NOT c.is_compressed OR k.status & 8 <> 0
        FROM timescaledb_information.chunks c
        JOIN _timescaledb_catalog.chunk k ON k.schema_name = c.chunk_schema AND k.table_name = c.chunk_name
        WHERE c.hypertable_schema = $1 AND c.range_start <= to_timestamp($2) AND c.range_end > to_timestamp($2)
        """);

    // A trigger would see the row above, and may keep what it saw. Then the chunk is asked for by its time, cut where others begin or end.
    private static readonly Query Watched = new(
        "chunks.watched",
        "pg_trigger",
        """
        SELECT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = ANY ($2) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
          AND to_regproc('_timescaledb_functions.create_chunk') IS NOT NULL
        """);

    private static readonly Query Make = new(
        "chunks.make_by_time",
        "_timescaledb_catalog.chunk",
        """
        WITH slice AS (
          SELECT $3 * 1000000 - ($3 * 1000000 % d.interval_length + d.interval_length) % d.interval_length AS first, d.interval_length,
            d.hypertable_id, d.column_name
          FROM _timescaledb_catalog.dimension d JOIN _timescaledb_catalog.hypertable h ON h.id = d.hypertable_id
          WHERE h.schema_name = $1 AND h.table_name = $2),
        chunk AS (
          SELECT extract(epoch FROM c.range_start)::int8 * 1000000 AS first, extract(epoch FROM c.range_end)::int8 * 1000000 AS next
          FROM timescaledb_information.chunks c WHERE c.hypertable_schema = $1 AND c.hypertable_name = $2)
        SELECT FROM slice s CROSS JOIN LATERAL _timescaledb_functions.create_chunk(
          to_regclass(format('%I.%I', $1, $2)), jsonb_build_object(s.column_name, jsonb_build_array(
            greatest(s.first, (SELECT max(c.next) FROM chunk c WHERE c.next <= $3 * 1000000)),
            least(s.first + s.interval_length, (SELECT min(c.first) FROM chunk c WHERE c.first > $3 * 1000000)))))
        """);

    private readonly NpgsqlDataSource database;
    private readonly LoadTransactionOptions settings;
    private readonly string[] hypertables;
    private readonly SemaphoreSlim turn = new(1, 1);
    private volatile IReadOnlyList<(long Start, long End)> ready = [];

    /// <summary>Creates an instance.</summary>
    /// <param name="plan">The plan of the batches, which knows the hypertables.</param>
    /// <param name="database">Where chunks are created.</param>
    /// <param name="lockTimeout">How long to wait for a lock of another session.</param>
    public HistoryChunks(LoadPlan plan, NpgsqlDataSource database, TimeSpan lockTimeout)
    {
        this.database = database;
        settings = new LoadTransactionOptions { LockTimeout = lockTimeout };
        hypertables = [.. plan.Preflight.Tables.Where(table => table.IsHypertable).Select(table => table.Name!)];
    }

    /// <summary>Creates the chunk for a time in every hypertable that has none.</summary>
    /// <param name="closeTime">Close time of a ledger, in seconds since 1970.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="Postgres.DatabaseException">A chunk could not be created: a right is missing, or a lock timed out.</exception>
    public async ValueTask EnsureAsync(long closeTime, CancellationToken cancellationToken)
    {
        if (IsReady(closeTime)) return;
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsReady(closeTime)) await MakeAsync(closeTime, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private bool IsReady(long closeTime)
    {
        if (hypertables.Length == 0) return true;
        foreach ((long start, long end) in ready)
        {
            if (closeTime >= start && closeTime < end) return true;
        }

        return false;
    }

    private async Task MakeAsync(long closeTime, CancellationToken cancellationToken)
    {
        LoadTransaction load = await LoadTransaction.OpenAsync(database, settings, cancellationToken).ConfigureAwait(false);
        await using (load.ConfigureAwait(false))
        {
            (long Start, long End) range = default;
            await load.EnterOriginAsync(cancellationToken).ConfigureAwait(false);
            await load.GuardAsync("Creating chunks", async () =>
            {
                var runner = new QueryRunner(load.Connection, load.RequireSchema(), leavesFailures: true);
                Dictionary<string, (long Start, long End, bool IsOpen)> found =
                    await FindAsync(load, runner, closeTime, cancellationToken).ConfigureAwait(false);
                List<string> watched = await runner.ListAsync(
                    Watched, SqlValues.Of(load.RequireSchema(), hypertables), static reader => reader.GetString(0), cancellationToken)
                    .ConfigureAwait(false);
                foreach (string table in hypertables.Where(
                    table => !found.TryGetValue(table, out (long Start, long End, bool IsOpen) chunk)
                        || (!chunk.IsOpen && !watched.Contains(table))))
                {
                    if (watched.Contains(table))
                    {
                        await runner.ExecuteAsync(Make, SqlValues.Of(load.RequireSchema(), table, closeTime), cancellationToken)
                            .ConfigureAwait(false);
                        continue;
                    }

                    (string columns, string values, string id) = Rows[table];
                    string name = $"{{schema}}.\"{table}\"";
                    var insert = new Query($"chunks.make_{table}", table, $"INSERT INTO {name} ({columns}) VALUES ({values})");
                    var delete = new Query(
                        $"chunks.clear_{table}", table, $"DELETE FROM {name} WHERE {id} = 0 AND ledger_created_at = to_timestamp($1)");
                    await runner.ExecuteAsync(insert, SqlValues.Of(closeTime), cancellationToken).ConfigureAwait(false);
                    await runner.ExecuteAsync(delete, SqlValues.Of(closeTime), cancellationToken).ConfigureAwait(false);
                }

                found = await FindAsync(load, runner, closeTime, cancellationToken).ConfigureAwait(false);
                range = (found.Values.Max(chunk => chunk.Start), found.Values.Min(chunk => chunk.End));
            }, cancellationToken).ConfigureAwait(false);
            await load.CommitAsync().ConfigureAwait(false);
            ready = [.. ready, range];
        }
    }

    private static Task<Dictionary<string, (long Start, long End, bool IsOpen)>> FindAsync(
        LoadTransaction load, QueryRunner runner, long closeTime, CancellationToken cancellationToken) =>
        runner.RunAsync(
            Covering,
            SqlValues.Of(load.RequireSchema(), closeTime),
            static async (reader, token) =>
            {
                var chunks = new Dictionary<string, (long Start, long End, bool IsOpen)>(StringComparer.Ordinal);
                while (await reader.ReadAsync(token).ConfigureAwait(false))
                    chunks[reader.GetString(0)] = (reader.GetInt64(1), reader.GetInt64(2), reader.GetBoolean(3));
                return chunks;
            },
            cancellationToken);
}
