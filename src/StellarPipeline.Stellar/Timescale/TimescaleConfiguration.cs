using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Timescale;

/// <summary>Applies TimescaleDB settings to the history tables, in one transaction. Applying the same again changes nothing.</summary>
/// <remarks>
/// wallet-backend does the same at each start of its ingestion: interval of new chunks, retention with the job that reconciles the cursor,
/// and schedule of compression. Compression policies are created with the tables; here they are only changed.
/// </remarks>
internal sealed class TimescaleConfiguration
{
    private static readonly Query IsPositive = Of("is_positive", "SELECT $1::text::interval > INTERVAL '0'");

    private static readonly Query IsEqual = Of("is_equal", "SELECT $1::text::interval = $2::text::interval");

    private static readonly Query IsShorter = Of("is_shorter", "SELECT $1::text::interval < $2::text::interval");

    private static readonly Query AtWork = Of(
        "at_work",
        """
        SELECT min(first_ledger)::int8, max(last_ledger)::int8 FROM {schema}."backfill_leases"
        WHERE owner IS NOT NULL AND expires_at > clock_timestamp()
        """);

    private static readonly Query HasLeases = Of("has_leases", "SELECT to_regclass('{schema}' || '.backfill_leases') IS NOT NULL");

    private readonly QueryRunner runner;
    private readonly TimescaleExtension extension;
    private readonly TimescaleOptions options;
    private readonly string schema;
    private readonly IReadOnlyList<HypertableState> tables;
    private readonly List<string> changes = [];
    private readonly List<string> remarks = [];
    private IReadOnlyList<TimescaleJobState> jobs = [];

    private TimescaleConfiguration(
        QueryRunner runner, TimescaleExtension extension, TimescaleOptions options, string schema, IReadOnlyList<HypertableState> tables)
    {
        this.runner = runner;
        this.extension = extension;
        this.options = options;
        this.schema = schema;
        this.tables = tables;
    }

    private string[] Names => [.. tables.Select(table => table.Name)];

    /// <summary>Applies the settings that differ.</summary>
    /// <param name="database">The database; stays the caller's.</param>
    /// <param name="options">The settings.</param>
    /// <param name="cancellationToken">Stops the work and rolls it back.</param>
    /// <returns>The changes, and the state after them.</returns>
    /// <exception cref="TimescaleException">The extension is not installed, no history table is a hypertable, an option is not valid, or a
    /// running backfill would be disturbed by retention.</exception>
    /// <exception cref="Postgres.DatabaseException">The server rejected a statement, or the connection failed.</exception>
    public static async Task<TimescaleReport> ApplyAsync(
        NpgsqlDataSource database, TimescaleOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        LoadTransaction load = await LoadTransaction.OpenAsync(
            database, new LoadTransactionOptions { LockTimeout = options.LockTimeout }, cancellationToken).ConfigureAwait(false);
        await using (load.ConfigureAwait(false))
        {
            TimescaleReport? report = null;
            await load.EnterOriginAsync(cancellationToken).ConfigureAwait(false);
            await load.GuardAsync(
                "Configuring TimescaleDB",
                async () => report = await ApplyAsync(load, options, cancellationToken).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            await load.CommitAsync().ConfigureAwait(false);
            return report!;
        }
    }

    private static async Task<TimescaleReport> ApplyAsync(
        LoadTransaction load, TimescaleOptions options, CancellationToken cancellationToken)
    {
        string schema = load.RequireSchema();
        var runner = new QueryRunner(load.Connection, schema, leavesFailures: true);
        TimescaleExtension extension = await TimescaleExtension.ReadAsync(runner, cancellationToken).ConfigureAwait(false)
            ?? throw TimescaleThrow.NotInstalled(load.Database);
        List<HypertableState> tables =
            await TimescaleCatalog.HypertablesAsync(runner, schema, cancellationToken).ConfigureAwait(false);
        if (tables.Count == 0) throw TimescaleThrow.NoHypertables(schema);
        var configuration = new TimescaleConfiguration(runner, extension, options, schema, tables);
        await configuration.RunAsync(cancellationToken).ConfigureAwait(false);
        TimescaleStatus status = await TimescaleCatalog.ReadAsync(runner, schema, cancellationToken).ConfigureAwait(false);
        return new TimescaleReport(configuration.changes, [.. configuration.remarks, .. status.Remarks()], status);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await RequireIntervalAsync("The interval of new chunks", options.ChunkInterval, cancellationToken).ConfigureAwait(false);
        await RequireIntervalAsync("The retention", options.Retention, cancellationToken).ConfigureAwait(false);
        await RequireIntervalAsync("The age from which chunks are compressed", options.CompressAfter, cancellationToken)
            .ConfigureAwait(false);
        await RequireIntervalAsync("The interval of compression", options.CompressEvery, cancellationToken).ConfigureAwait(false);
        jobs = await TimescaleCatalog.JobsAsync(runner, schema, Names, cancellationToken).ConfigureAwait(false);
        if (options.ChunkInterval is { } interval) await SetChunkIntervalAsync(interval, cancellationToken).ConfigureAwait(false);
        if (options.RemoveRetention) await RemoveRetentionAsync(cancellationToken).ConfigureAwait(false);
        if (options.Retention is { } retention) await SetRetentionAsync(retention, cancellationToken).ConfigureAwait(false);
        if (options.RunRetention is { } isOn) await SwitchRetentionAsync(isOn, cancellationToken).ConfigureAwait(false);
        await SetCompressionAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task SetChunkIntervalAsync(string interval, CancellationToken cancellationToken)
    {
        Query set = Of(
            "set_chunk_interval", $"SELECT {extension.Function("set_chunk_time_interval")}($1::text::regclass, $2::text::interval)");
        foreach (HypertableState table in tables)
        {
            if (await IsAsync(IsEqual, table.ChunkInterval, interval, cancellationToken).ConfigureAwait(false)) continue;
            await runner.ExecuteAsync(set, SqlValues.Of(NameOf(table.Name), interval), cancellationToken).ConfigureAwait(false);
            changes.Add($"{table.Name}: new chunks cover {interval} (before: {table.ChunkInterval})");
        }
    }

    /// <summary>
    /// Adds or changes the policies. A policy that is added is switched off in the same transaction, because its first run would start at
    /// once.
    /// </summary>
    private async Task SetRetentionAsync(string retention, CancellationToken cancellationToken)
    {
        Query add = Of(
            "add_retention",
            $"""
            SELECT {extension.Function("alter_job")}({extension.Function("add_retention_policy")}($1::text::regclass, $2::text::interval),
              scheduled => false)
            """);
        foreach (HypertableState table in tables)
        {
            TimescaleJobState? job = Of(table, TimescaleJobKind.Retention);
            if (job is null)
            {
                await runner.ExecuteAsync(add, SqlValues.Of(NameOf(table.Name), retention), cancellationToken).ConfigureAwait(false);
                changes.Add($"{table.Name}: a retention policy of {retention} was added, switched off");
                continue;
            }

            if (job.After.Length > 0 && await IsAsync(IsEqual, job.After, retention, cancellationToken).ConfigureAwait(false)) continue;
            bool isShorter = await IsAsync(IsShorter, retention, job.After, cancellationToken).ConfigureAwait(false);
            if (job.IsOn && isShorter) await RequireNoBackfillAsync(cancellationToken).ConfigureAwait(false);
            await SetConfigAsync(job, "drop_after", "to_jsonb(($2::text::interval)::text)", retention, cancellationToken)
                .ConfigureAwait(false);
            changes.Add($"{table.Name}: retention of {retention} (before: {job.After})");
        }

        changes.AddRange(await ReconcileJob.EnsureAsync(runner, extension, schema, jobs, cancellationToken).ConfigureAwait(false));
        jobs = await TimescaleCatalog.JobsAsync(runner, schema, Names, cancellationToken).ConfigureAwait(false);
    }

    private async Task RemoveRetentionAsync(CancellationToken cancellationToken)
    {
        Query remove = Of(
            "remove_retention", $"SELECT {extension.Function("remove_retention_policy")}($1::text::regclass, if_exists => true)");
        foreach (HypertableState table in tables.Where(table => Of(table, TimescaleJobKind.Retention) is not null))
        {
            await runner.ExecuteAsync(remove, SqlValues.Of(NameOf(table.Name)), cancellationToken).ConfigureAwait(false);
            changes.Add($"{table.Name}: the retention policy was removed");
        }

        changes.AddRange(await ReconcileJob.RemoveAsync(runner, extension, schema, jobs, cancellationToken).ConfigureAwait(false));
    }

    private async Task SwitchRetentionAsync(bool isOn, CancellationToken cancellationToken)
    {
        List<TimescaleJobState> policies = [.. jobs.Where(job => job.Kind == TimescaleJobKind.Retention)];
        if (policies.Count == 0) throw TimescaleThrow.NoRetention();
        if (policies.TrueForAll(job => job.IsOn == isOn)) return;
        if (isOn) await RequireNoBackfillAsync(cancellationToken).ConfigureAwait(false);
        Query alter = Of("switch", $"SELECT {extension.Function("alter_job")}($1::int4, scheduled => $2)");
        foreach (TimescaleJobState job in policies.Where(job => job.IsOn != isOn))
        {
            await runner.ExecuteAsync(alter, SqlValues.Of(job.Id, isOn), cancellationToken).ConfigureAwait(false);
            changes.Add($"{job.Table}: retention was switched {(isOn ? "on; its next run may start at once" : "off")}");
        }
    }

    private async Task SetCompressionAsync(CancellationToken cancellationToken)
    {
        if (options is { CompressAfter: null, CompressEvery: null, MaxChunksToCompress: null }) return;
        foreach (HypertableState table in tables)
        {
            if (Of(table, TimescaleJobKind.Compression) is not { } job)
            {
                remarks.Add(
                    $"{table.Name} has no compression policy, so there was nothing to change: add one with add_columnstore_policy or "
                        + "add_compression_policy.");
                continue;
            }

            if (options.CompressAfter is { } after && !await IsAsync(IsEqual, job.After, after, cancellationToken).ConfigureAwait(false))
            {
                await SetConfigAsync(job, "compress_after", "to_jsonb(($2::text::interval)::text)", after, cancellationToken)
                    .ConfigureAwait(false);
                changes.Add($"{table.Name}: chunks are compressed after {after} (before: {job.After})");
            }

            if (options.CompressEvery is { } every && !await IsAsync(IsEqual, job.Every, every, cancellationToken).ConfigureAwait(false))
            {
                Query alter = Of(
                    "set_schedule", $"SELECT {extension.Function("alter_job")}($1::int4, schedule_interval => $2::text::interval)");
                await runner.ExecuteAsync(alter, SqlValues.Of(job.Id, every), cancellationToken).ConfigureAwait(false);
                changes.Add($"{table.Name}: the compression policy runs every {every} (before: {job.Every})");
            }

            if (options.MaxChunksToCompress is { } most) await SetMostChunksAsync(job, most, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SetMostChunksAsync(TimescaleJobState job, int most, CancellationToken cancellationToken)
    {
        const string Now = "coalesce((j.config ->> 'maxchunks_to_compress')::int8, 0)";
        Query read = Of("max_chunks", $"SELECT {Now} FROM timescaledb_information.jobs j WHERE j.job_id = $1");
        List<long> found = await runner.ListAsync(
            read, SqlValues.Of(job.Id), static reader => reader.GetInt64(0), cancellationToken).ConfigureAwait(false);
        if (found is [var now] && now == most) return;
        string value = FormattableString.Invariant($"{most}");
        await SetConfigAsync(job, "maxchunks_to_compress", "to_jsonb($2::text::int4)", value, cancellationToken).ConfigureAwait(false);
        changes.Add($"{job.Table}: one run compresses {(most == 0 ? "any number of" : $"at most {value}")} chunks");
    }

    private Task SetConfigAsync(TimescaleJobState job, string key, string value, string given, CancellationToken cancellationToken)
    {
        Query alter = Of(
            $"set_{key}",
            $$"""
            SELECT {{extension.Function("alter_job")}}(j.job_id, config => jsonb_set(j.config, '{{{key}}}', {{value}}))
            FROM timescaledb_information.jobs j WHERE j.job_id = $1
            """);
        return runner.ExecuteAsync(alter, SqlValues.Of(job.Id, given), cancellationToken);
    }

    private async Task RequireIntervalAsync(string what, string? given, CancellationToken cancellationToken)
    {
        if (given is null) return;
        bool isPositive;
        try
        {
            isPositive = await runner.IsAsync(IsPositive, SqlValues.Of(given), cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            throw TimescaleThrow.NoInterval(what, given, error);
        }

        if (!isPositive) throw TimescaleThrow.NoInterval(what, given, null);
    }

    /// <summary>Throws if a backfill is running whose rows retention could drop.</summary>
    private async Task RequireNoBackfillAsync(CancellationToken cancellationToken)
    {
        if (!await runner.IsAsync(HasLeases, [], cancellationToken).ConfigureAwait(false)) return;
        List<LedgerSpan?> found = await runner.ListAsync(
            AtWork, [],
            static reader => reader.IsDBNull(0) ? (LedgerSpan?)null : new LedgerSpan((uint)reader.GetInt64(0), (uint)reader.GetInt64(1)),
            cancellationToken).ConfigureAwait(false);
        if (found is [{ } span]) throw TimescaleThrow.BackfillAtWork(span);
    }

    private Task<bool> IsAsync(Query query, string left, string right, CancellationToken cancellationToken) =>
        runner.IsAsync(query, SqlValues.Of(left, right), cancellationToken);

    private TimescaleJobState? Of(HypertableState table, TimescaleJobKind kind) =>
        jobs.FirstOrDefault(job => job.Table == table.Name && job.Kind == kind);

    private string NameOf(string table) => $"{CopyTable.Quote(schema)}.{CopyTable.Quote(table)}";

    private static Query Of(string name, string text) => new($"timescale.{name}", "timescaledb_information.jobs", text);
}
