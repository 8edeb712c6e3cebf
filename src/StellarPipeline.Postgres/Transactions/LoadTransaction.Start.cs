using System.Globalization;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres.Transactions;

/// <content>The first statements: check of the session, settings, locks.</content>
public sealed partial class LoadTransaction
{
    // A terminated session rolls back first: 10 s in total.
    private const int LostSessionPatience = 200;
    private static readonly Backoff LostSessionPauses = Backoff.Steady(TimeSpan.FromMilliseconds(50));

    private const string AcquireSql = "SELECT pg_try_advisory_xact_lock($1)";

    // A lock of the session, because a lock of the transaction cannot be released before its end.
    private const string ProbeSql = "SELECT CASE WHEN pg_try_advisory_lock($1) THEN pg_advisory_unlock($1) ELSE false END";

    // Settings that affect the speed of a load, for the report.
    private static readonly string[] ReportedSettings =
    [
        "server_version", "shared_buffers", "max_wal_size", "wal_level", "checkpoint_timeout", "maintenance_work_mem", "fsync",
        "full_page_writes", "wal_compression",
        "autovacuum", "data_checksums", "track_counts", "session_replication_role", "synchronous_commit",
    ];

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var demands = SessionDemands.Of(dataSource);
        Dictionary<string, string> wanted = WantedSettings();
        string[] names = [.. wanted.Keys];
        string[] values = [.. wanted.Values];
        long[] keys = [.. options.AdvisoryLocks.Select(wantedLock => wantedLock.Key)];
        SessionAnswer? answer = null;
        var shown = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var busy = new HashSet<long>();

        var batch = new NpgsqlBatch(Connection) { Timeout = OpeningTimeoutSeconds };
        await using (batch.ConfigureAwait(false))
        {
            SessionStart.AddTo(batch, demands);
            batch.BatchCommands.Add(
                Command("SELECT set_config(s.name, s.value, true) FROM unnest($1, $2) AS s(name, value)", names, values));
            // A separate statement: only inside a transaction is the value set by the previous statement still active.
            batch.BatchCommands.Add(
                Command("SELECT n.name, current_setting(n.name, true) FROM unnest($1) AS n(name)", [.. names.Union(ReportedSettings)]));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                $"SELECT pg_current_xact_id()::text, (SELECT {ServerSession.StartedAtSql} FROM pg_stat_get_activity(pg_backend_pid()))"));
            batch.BatchCommands.Add(
                new NpgsqlBatchCommand("SELECT k, pg_try_advisory_xact_lock(k) FROM unnest($1) AS k")
                {
                    Parameters = { new NpgsqlParameter<long[]> { TypedValue = keys } },
                });
            try
            {
                await Preparation.PrepareAsync(Connection, batch, cancellationToken).ConfigureAwait(false);
                NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    answer = await SessionStart.ReadAsync(reader, Connection, demands, cancellationToken).ConfigureAwait(false);
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        shown[reader.GetString(0)] =
                            await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(1);
                    }

                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    BackendProcessId = answer.Facts.ProcessId;
                    TransactionId = ulong.Parse(reader.GetString(0), CultureInfo.InvariantCulture);
                    Session =
                        new ServerSession(BackendProcessId,
                            await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? "" : reader.GetString(1));
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        if (!reader.GetBoolean(1))
                            busy.Add(reader.GetInt64(0));
                    }
                }
            }
            catch (PostgresException) when (answer is not null)
            {
                // If the session is unsuitable, that is the cause of later failures: a standby assigns no transaction ids.
                Enter(demands, answer);
                throw;
            }
        }

        Enter(demands, answer);
        await CheckSettingsAsync(wanted, shown, cancellationToken).ConfigureAwait(false);
        foreach (AdvisoryLock wantedLock in options.AdvisoryLocks)
        {
            if (busy.Contains(wantedLock.Key))
                await RetryLockAsync(wantedLock, AcquireSql, cancellationToken).ConfigureAwait(false);
        }

        await EnsureRowCountingAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Enter(SessionDemands demands, SessionAnswer answer)
    {
        SessionFacts facts = SessionStart.Check(Server, demands, answer);
        Preparation.Saw(Connection, facts);
        if (facts.WhyReadOnly is { } why)
            DatabaseThrow.ReadOnly(Server, why);
        Schema = demands.Schema ?? facts.Schema;
        ownPath = demands.OwnSearchPath ?? facts.SearchPath;
        Database = facts.Database;
    }

    private Dictionary<string, string> WantedSettings()
    {
        var wanted = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["idle_in_transaction_session_timeout"] = "0",
            ["statement_timeout"] = "0",
            ["lock_timeout"] = string.Create(CultureInfo.InvariantCulture, $"{(long)options.LockTimeout.TotalMilliseconds}ms"),
        };
        if (options.SynchronousCommit is { } synchronousCommit)
            wanted["synchronous_commit"] = synchronousCommit;
        if (ServerVersion.Major >= 17)
            wanted["transaction_timeout"] = "0";
        foreach (SessionSetting setting in options.Settings)
            wanted[setting.Name] = setting.Value;
        return wanted;
    }

    private async Task CheckSettingsAsync(
        Dictionary<string, string> wanted, Dictionary<string, string?> shown, CancellationToken cancellationToken)
    {
        // The values in base units are read only if the displayed values are not enough: listing all settings costs a millisecond.
        string[] unclear =
            [.. wanted.Where(setting => shown[setting.Key] is not { } text || !SettingText.Same(setting.Value, text, null)).Select(
                setting => setting.Key)];
        if (unclear.Length > 0)
        {
            const string Query =
                "SELECT n.name, s.setting FROM unnest($1) AS n(name) LEFT JOIN pg_settings s ON lower(s.name) = lower(n.name)";
            foreach ((string name, string? raw) in await Sql.RowsAsync(
                Connection, Query, row => (row.GetString(0), Sql.TextOrNull(row, 1)), cancellationToken, [unclear]).ConfigureAwait(false))
            {
                if (shown[name] is not { } text || !SettingText.Same(wanted[name], text, raw))
                    DatabaseThrow.SettingNotApplied(Server, name, wanted[name], shown[name] ?? "");
            }
        }

        AppliedSettings = Known(wanted.Keys);
        ServerSettings = Known(ReportedSettings);

        SortedDictionary<string, string> Known(IEnumerable<string> names) =>
            new(names.Where(name => shown[name] is not null).ToDictionary(name => name, name => shown[name]!), StringComparer.Ordinal);
    }

    /// <summary>
    /// Checks that no other session holds an advisory lock, without keeping it. A lost session of this load that holds it is terminated.
    /// </summary>
    /// <param name="wantedLock">The lock, which this transaction must not hold.</param>
    /// <param name="cancellationToken">Ends the statements; the transaction must then be rolled back.</param>
    /// <exception cref="DatabaseException">Another session holds it; the message names that session.</exception>
    internal async Task RequireFreeAsync(AdvisoryLock wantedLock, CancellationToken cancellationToken)
    {
        if (!await TryLockAsync(wantedLock, ProbeSql, cancellationToken).ConfigureAwait(false))
            await RetryLockAsync(wantedLock, ProbeSql, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Names the holder of a lock. If the holder has ended since the first attempt, or is a lost session of this load, tries again.
    /// </summary>
    private async Task RetryLockAsync(AdvisoryLock wantedLock, string trySql, CancellationToken cancellationToken)
    {
        string? holder = await LockHolder.DescribeAsync(Connection, wantedLock.Key, cancellationToken).ConfigureAwait(false);
        int patience = await LockHolder.EndAsync(Connection, options.LostSessions, wantedLock.Key, cancellationToken).ConfigureAwait(false)
            ? LostSessionPatience
            : 1;
        for (int trial = 0; trial < patience && (holder is null || patience > 1); trial++)
        {
            if (trial > 0) await LostSessionPauses.WaitAsync(trial, cancellationToken).ConfigureAwait(false);
            if (await TryLockAsync(wantedLock, trySql, cancellationToken).ConfigureAwait(false)) return;
        }

        DatabaseThrow.LockBusy(Server, wantedLock, holder ?? "one that cannot be seen any more");
    }

    private async Task<bool> TryLockAsync(AdvisoryLock wantedLock, string trySql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(trySql, Connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = wantedLock.Key } },
        };
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    private async Task EnsureRowCountingAsync(CancellationToken cancellationToken)
    {
        CountsRows = ServerSettings.TryGetValue("track_counts", out string? counting) && counting == "on";
        if (CountsRows || !await Sql.ScalarAsync<bool>(
            Connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        CountsRows = await Sql.SetLocalAsync(Connection, "track_counts", "on", cancellationToken).ConfigureAwait(false) == "on";
    }

    private static NpgsqlBatchCommand Command(string sql, params string[][] arrays)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (string[] array in arrays)
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = array });
        return command;
    }
}
