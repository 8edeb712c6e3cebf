using Npgsql;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Timescale;

/// <summary>Reads TimescaleDB's views about the history tables.</summary>
internal static class TimescaleCatalog
{
    /// <summary>
    /// Name of the function and job that raise oldest_ingest_ledger after chunks were dropped; wallet-backend uses the same.
    /// </summary>
    public const string Reconcile = "reconcile_oldest_cursor";

    private static readonly Query Hypertables = new(
        "timescale.hypertables",
        "timescaledb_information.hypertables",
        """
        SELECT h.hypertable_name::text, d.time_interval::text, count(c.chunk_name), count(c.chunk_name) FILTER (WHERE c.is_compressed)
        FROM timescaledb_information.hypertables h
        JOIN timescaledb_information.dimensions d
          ON d.hypertable_schema = h.hypertable_schema AND d.hypertable_name = h.hypertable_name AND d.dimension_number = 1
        LEFT JOIN timescaledb_information.chunks c
          ON c.hypertable_schema = h.hypertable_schema AND c.hypertable_name = h.hypertable_name
        WHERE h.hypertable_schema = $1 AND h.hypertable_name = ANY ($2) GROUP BY 1, 2 ORDER BY 1
        """);

    private static readonly Query Jobs = new(
        "timescale.jobs",
        "timescaledb_information.jobs",
        """
        SELECT j.job_id::int8, j.proc_name::text, coalesce(j.hypertable_name::text, ''),
          coalesce(j.config ->> 'drop_after', j.config ->> 'compress_after', ''), j.schedule_interval::text, j.scheduled,
          CASE WHEN isfinite(s.last_run_started_at) THEN s.last_run_started_at END, coalesce(s.last_run_status, ''),
          CASE WHEN isfinite(s.next_start) THEN s.next_start END, coalesce(s.total_failures, 0)::int8
        FROM timescaledb_information.jobs j LEFT JOIN timescaledb_information.job_stats s ON s.job_id = j.job_id
        WHERE (j.hypertable_schema = $1 AND j.hypertable_name = ANY ($2)) OR (j.proc_schema = $1 AND j.proc_name = $3)
        ORDER BY 3, 2
        """);

    // A role that may not see the sessions of other roles can still see their application_name.
    private static readonly Query Scheduler = new(
        "timescale.scheduler",
        "pg_stat_activity",
        """
        SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
          AND (backend_type = 'TimescaleDB Background Worker Scheduler' OR application_name = 'TimescaleDB Background Worker Scheduler'))
        """);

    private static readonly Query Skipping = new(
        "timescale.chunk_skipping",
        "pg_settings",
        $"SELECT coalesce(current_setting('{TimescaleExtension.ChunkSkipping}', true), 'off') = 'on'");

    private static readonly Query References = new(
        "timescale.references",
        "pg_constraint",
        """
        SELECT k.conname::text, k.conrelid::regclass::text, t.relname::text
        FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace n ON n.oid = t.relnamespace
          JOIN pg_class o ON o.oid = k.conrelid JOIN pg_namespace m ON m.oid = o.relnamespace
        WHERE k.contype = 'f' AND k.conparentid = 0 AND n.nspname = $1 AND t.relname = ANY ($2) AND m.nspname <> '_timescaledb_internal'
        ORDER BY 1, 2
        """);


    /// <summary>Reads everything.</summary>
    public static async Task<TimescaleStatus> ReadAsync(QueryRunner runner, string schema, CancellationToken cancellationToken)
    {
        TimescaleExtension? extension = await TimescaleExtension.ReadAsync(runner, cancellationToken).ConfigureAwait(false);
        if (extension is null) return new TimescaleStatus { Version = null };
        IReadOnlyList<HypertableState> hypertables = await HypertablesAsync(runner, schema, cancellationToken).ConfigureAwait(false);
        string[] names = [.. hypertables.Select(table => table.Name)];
        return new TimescaleStatus
        {
            Version = extension.Version,
            HasScheduler = await runner.IsAsync(Scheduler, [], cancellationToken).ConfigureAwait(false),
            HasChunkSkipping = await runner.IsAsync(Skipping, [], cancellationToken).ConfigureAwait(false),
            Hypertables = hypertables,
            Jobs = await JobsAsync(runner, schema, names, cancellationToken).ConfigureAwait(false),
            References = await runner.ListAsync(
                References, SqlValues.Of(schema, names),
                static reader => new HypertableReference(reader.GetString(0), reader.GetString(1), reader.GetString(2)), cancellationToken)
                .ConfigureAwait(false),
        };
    }

    /// <summary>The history tables that are hypertables. The extension must be installed.</summary>
    public static Task<List<HypertableState>> HypertablesAsync(QueryRunner runner, string schema, CancellationToken cancellationToken) =>
        runner.ListAsync(
            Hypertables, SqlValues.Of(schema, HistoryTables.Names),
            static reader => new HypertableState(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)),
            cancellationToken);

    /// <summary>The jobs of some tables, and the job that reconciles the cursor.</summary>
    public static Task<List<TimescaleJobState>> JobsAsync(
        QueryRunner runner, string schema, string[] tables, CancellationToken cancellationToken) => runner.ListAsync(
            Jobs, SqlValues.Of(schema, tables, Reconcile), JobOf, cancellationToken);

    private static TimescaleJobState JobOf(NpgsqlDataReader reader)
    {
        string procedure = reader.GetString(1);
        TimescaleJobKind kind = procedure switch
        {
            "policy_compression" => TimescaleJobKind.Compression,
            "policy_retention" => TimescaleJobKind.Retention,
            Reconcile => TimescaleJobKind.Reconcile,
            _ => TimescaleJobKind.Other,
        };
        return new TimescaleJobState(
            reader.GetInt64(0), kind, procedure, reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetBoolean(5),
            Time(reader, 6), reader.GetString(7), Time(reader, 8), reader.GetInt64(9));
    }

    private static DateTime? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDateTime(column);
}
