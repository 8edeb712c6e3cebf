using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Timescale;

/// <summary>The function that raises oldest_ingest_ledger to the first ledger left by retention, and the job that calls it.</summary>
/// <remarks>
/// They have wallet-backend's names, so that each program can take over from the other. The function examines chunks from the oldest on,
/// one at a time, up to the first that has a row: its cost does not grow with the number of chunks. It deletes a batch of the bookkeeping
/// if some of its rows were dropped; the rest of its rows then count as written by another program.
/// </remarks>
internal static class ReconcileJob
{
    private const string Every = "1 hour";

    private static readonly Query Create = Of(
        "create",
        $$"""
        CREATE OR REPLACE FUNCTION {schema}.{{TimescaleCatalog.Reconcile}}(job_id INTEGER, config JSONB) RETURNS VOID
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $reconcile$
        DECLARE
            chunk RECORD;
            lowest BIGINT;
            stored BIGINT;
            held TEXT;
            has_batches BOOLEAN := to_regclass('{schema}' || '.backfill_batches') IS NOT NULL;
        BEGIN
            IF to_regclass('{schema}' || '.ingest_store') IS NULL THEN
                RETURN;
            END IF;
            -- Batches that commit meanwhile wait, and lower the cursor afterwards.
            IF has_batches THEN
                LOCK TABLE {schema}.backfill_batches IN SHARE ROW EXCLUSIVE MODE;
            END IF;
            FOR chunk IN
                SELECT c.range_start, c.range_end, c.is_compressed FROM timescaledb_information.chunks c
                WHERE to_regclass(format('%I.%I', c.hypertable_schema, c.hypertable_name)) = to_regclass('{schema}' || '.transactions')
                ORDER BY c.range_start
            LOOP
                -- The times are constants of the statement, so that the planner opens this chunk alone; the order is one that it keeps.
                EXECUTE format(
                    'SELECT t.ledger_number FROM %s t '
                        'WHERE t.ledger_created_at >= %L AND t.ledger_created_at < %L ORDER BY %s LIMIT 1',
                    '{schema}' || '.transactions', chunk.range_start, chunk.range_end,
                    CASE WHEN chunk.is_compressed THEN 't.ledger_created_at, t.to_id' ELSE 't.to_id' END)
                INTO lowest;
                EXIT WHEN lowest IS NOT NULL;
            END LOOP;
            IF lowest IS NULL THEN
                RETURN;
            END IF;
            IF has_batches THEN
                DELETE FROM {schema}.backfill_batches b WHERE b.last_ledger < lowest AND b.transactions > 0;
                DELETE FROM {schema}.backfill_batches b WHERE b.first_ledger < lowest AND b.last_ledger >= lowest AND b.transactions > (
                    SELECT count(*) FROM {schema}.transactions t
                    WHERE t.to_id >= b.first_ledger::BIGINT << 32 AND t.to_id < (b.last_ledger::BIGINT + 1) << 32);
                -- Ledgers without transactions leave no row, but are there: what is still noted is reached downwards.
                WITH RECURSIVE down (ledger) AS (
                    SELECT lowest
                    UNION ALL
                    SELECT next.first_ledger::BIGINT FROM down CROSS JOIN LATERAL (
                        SELECT b.first_ledger FROM {schema}.backfill_batches b WHERE b.last_ledger >= down.ledger - 1
                        ORDER BY b.last_ledger LIMIT 1) next
                    WHERE next.first_ledger < down.ledger
                )
                SELECT min(ledger) INTO lowest FROM down;
            END IF;
            SELECT s.value INTO held FROM {schema}.ingest_store s WHERE s.key = config ->> 'cursor_name' FOR UPDATE;
            stored := {{IngestStore.LedgerSql("held")}};
            IF held IS NOT NULL AND stored IS NULL THEN
                RAISE EXCEPTION 'The cursor % in ingest_store is "%", which is not a ledger. Nothing was changed.',
                    config ->> 'cursor_name', held;
            END IF;
            IF lowest > stored THEN
                UPDATE {schema}.ingest_store SET value = lowest::TEXT WHERE key = config ->> 'cursor_name';
            END IF;
        END
        $reconcile$
        """);

    private static readonly Query Drop = Of("drop", $"DROP FUNCTION IF EXISTS {{schema}}.{TimescaleCatalog.Reconcile}(INTEGER, JSONB)");

    private static readonly Query Body = Of(
        "body",
        $"""
        SELECT p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = $1 AND p.proname = '{TimescaleCatalog.Reconcile}'
          AND pg_get_function_identity_arguments(p.oid) = 'job_id integer, config jsonb'
        """);

    /// <summary>Creates the function and the job if they are missing. A function of another program is replaced, its job kept.</summary>
    /// <returns>The changes, as phrases.</returns>
    public static async Task<IReadOnlyList<string>> EnsureAsync(
        QueryRunner runner, TimescaleExtension extension, string schema, IReadOnlyList<TimescaleJobState> jobs,
        CancellationToken cancellationToken)
    {
        var changes = new List<string>();
        string? before = await BodyAsync(runner, schema, cancellationToken).ConfigureAwait(false);
        await runner.ExecuteAsync(Create, [], cancellationToken).ConfigureAwait(false);
        string? after = await BodyAsync(runner, schema, cancellationToken).ConfigureAwait(false);
        if (before != after) changes.Add($"function {TimescaleCatalog.Reconcile} {(before is null ? "created" : "replaced")}");
        if (jobs.Any(job => job.Kind == TimescaleJobKind.Reconcile)) return changes;
        Query add = Of(
            "add",
            $$"""
            SELECT {{extension.Function("add_job")}}(('{schema}' || '.{{TimescaleCatalog.Reconcile}}')::regproc, INTERVAL '{{Every}}',
              config => '{"cursor_name": "{{IngestStore.Oldest}}"}'::jsonb, fixed_schedule => true)
            """);
        await runner.ExecuteAsync(add, [], cancellationToken).ConfigureAwait(false);
        changes.Add($"job {TimescaleCatalog.Reconcile} added, every {Every}");
        return changes;
    }

    /// <summary>Removes the job and the function.</summary>
    public static async Task<IReadOnlyList<string>> RemoveAsync(
        QueryRunner runner, TimescaleExtension extension, string schema, IReadOnlyList<TimescaleJobState> jobs,
        CancellationToken cancellationToken)
    {
        var changes = new List<string>();
        Query delete = Of("delete", $"SELECT {extension.Function("delete_job")}($1::int4)");
        foreach (TimescaleJobState job in jobs.Where(job => job.Kind == TimescaleJobKind.Reconcile))
        {
            await runner.ExecuteAsync(delete, SqlValues.Of(job.Id), cancellationToken).ConfigureAwait(false);
            changes.Add($"job {TimescaleCatalog.Reconcile} removed");
        }

        if (await BodyAsync(runner, schema, cancellationToken).ConfigureAwait(false) is null) return changes;
        await runner.ExecuteAsync(Drop, [], cancellationToken).ConfigureAwait(false);
        changes.Add($"function {TimescaleCatalog.Reconcile} removed");
        return changes;
    }

    private static async Task<string?> BodyAsync(QueryRunner runner, string schema, CancellationToken cancellationToken) =>
        (await runner.ListAsync(Body, SqlValues.Of(schema), static reader => reader.GetString(0), cancellationToken)
            .ConfigureAwait(false)).FirstOrDefault();

    private static Query Of(string name, string text) => new($"timescale.{TimescaleCatalog.Reconcile}.{name}", "ingest_store", text);
}
