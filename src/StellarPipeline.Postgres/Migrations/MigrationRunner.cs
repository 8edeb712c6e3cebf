using System.Data;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>Applies migrations, reverts them, and tells which are applied. Can share a database with rubenv/sql-migrate, and so with
/// wallet-backend's own tool.</summary>
/// <remarks>
/// <para>All work is done in one schema: the one named in <see cref="ConnectionSettings.ConnectAsync"/>, or else the first existing schema
/// of the session's <c>search_path</c>. A file runs with only this schema in its path. Sets run in the given order, the files of a set by
/// name. Files are reverted by name over all sets, the last one first. A file counts as applied if any tracking table of the sets contains
/// its name. A missing file is applied even if later ones are applied. Names recorded by other tools are not changed.</para>
/// <para>Each file runs in one transaction with its tracking row, so it is applied completely or not at all (except files with
/// <c>notransaction</c>). If nothing is pending, only SELECTs are sent. One runner at a time works on a file; others wait. The lock belongs
/// to the file's transaction, so it also works behind a pooler. A file with <c>notransaction</c> needs a direct connection to the server.
/// An instance may be used repeatedly and by several callers at once.</para>
/// </remarks>
public sealed partial class MigrationRunner
{
    private readonly NpgsqlDataSource dataSource;
    private readonly List<(Migration Migration, string TrackingTable)> known = [];
    private readonly List<string> trackingTables;
    private readonly HashSet<string> createdTables;
    private readonly MigrationRunnerOptions options;
    private readonly ILogger logger;

    /// <summary>Creates a runner. Opens no connection yet.</summary>
    /// <param name="dataSource">The database and, by its search path, the schema.</param>
    /// <param name="sets">Migrations in the order in which they are applied.</param>
    /// <param name="options">Options of the runner.</param>
    /// <param name="logger">Receives one message per file.</param>
    /// <exception cref="MigrationException">Two migrations have the same name.</exception>
    public MigrationRunner(NpgsqlDataSource dataSource, IEnumerable<MigrationSet> sets, MigrationRunnerOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        this.dataSource = dataSource;
        this.options = options;
        this.logger = logger;
        foreach (MigrationSet set in sets)
            known.AddRange(set.Source.Migrations.Select(migration => (migration, set.TrackingTable)));
        if (known.GroupBy(item => item.Migration.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } repeated)
            MigrationThrow.DuplicateName(repeated.Key);
        trackingTables = known.Select(item => item.TrackingTable).Distinct(StringComparer.Ordinal).ToList();
        createdTables = known.SelectMany(item => item.Migration.CreatedTables()).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Tells, with SELECTs only, which migrations are applied: those of the sets in their order, then names recorded by other
    /// tools.</summary>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <exception cref="MigrationException">The database cannot be reached, has no usable schema, or the role may not read a tracking
    /// table.</exception>
    public async Task<IReadOnlyList<MigrationStatus>> StatusAsync(CancellationToken cancellationToken = default)
    {
        NpgsqlConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            MigrationState state = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            var names = known.Select(item => item.Migration.Name).ToHashSet(StringComparer.Ordinal);
            IEnumerable<MigrationStatus> ours = known.Select(item => state.Find(item.Migration.Name) is { } row
                ? new MigrationStatus(item.Migration.Name, row.TrackingTable, true, row.AppliedAt, true)
                : new MigrationStatus(item.Migration.Name, item.TrackingTable, false, null, true));
            IEnumerable<MigrationStatus> others = state.TrackingTables.SelectMany(table => table.Value
                .Where(row => !names.Contains(row.Key))
                .Select(row => new MigrationStatus(row.Key, table.Key, true, row.Value, false)));
            return ours.Concat(others).ToList();
        }
    }

    /// <summary>Applies the pending files, each in its own transaction.</summary>
    /// <param name="max">Maximum number of files to apply, 1 or more; null for all.</param>
    /// <param name="cancellationToken">Ends the run between or inside files; an interrupted file is rolled back.</param>
    /// <returns>Names of the files that were applied, in order; empty if nothing was pending.</returns>
    /// <exception cref="MigrationException">
    /// The state cannot be read; there are tables of the migrations without a tracking table; another runner does not end; or PostgreSQL
    /// refuses a statement. The message names file, statement, line and SQLSTATE.
    /// </exception>
    /// <exception cref="MigrationsCancelledException">The run was cancelled; it names the files that are committed.</exception>
    public async Task<IReadOnlyList<string>> UpAsync(int? max = null, CancellationToken cancellationToken = default)
    {
        if (max < 1)
            MigrationThrow.Count(max.Value);
        var done = new List<string>();
        try
        {
            NpgsqlConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                MigrationState state = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
                var pending = Pending(state).Take(max ?? int.MaxValue).ToList();
                await RequireWritableAsync(connection, state, pending, isUp: true, cancellationToken).ConfigureAwait(false);
                await RequireDirectAsync(connection,
                    pending.Select(item => item.Migration).FirstOrDefault(migration => !migration.UpInTransaction), cancellationToken)
                    .ConfigureAwait(false);
                while (done.Count < pending.Count && await UpNextAsync(connection, done, cancellationToken).ConfigureAwait(false))
                {
                }
            }
        }
        catch (OperationCanceledException error)
        {
            throw new MigrationsCancelledException(true, done, error, cancellationToken);
        }

        return done;
    }

    /// <summary>
    /// Applies all pending files inside the caller's transaction, which commits or rolls them back together with its other work.
    /// </summary>
    /// <remarks>
    /// The lock against other runners also ends with the transaction. If nothing is pending, only SELECTs are sent and no lock is acquired.
    /// </remarks>
    /// <param name="connection">A connection to this runner's database, inside a transaction (READ COMMITTED) whose search path is pinned,
    /// see <see cref="SessionStart"/>.</param>
    /// <param name="schema">The schema in which tables are created and looked up.</param>
    /// <param name="beforeFirst">Called once before the first change if there is something to apply, for checks that may refuse. May be
    /// null.</param>
    /// <param name="cancellationToken">Ends the run; the transaction must then be rolled back.</param>
    /// <returns>Names of the files that were applied, in order.</returns>
    /// <exception cref="MigrationException">As in <see cref="UpAsync"/>, or a pending file says <c>notransaction</c>; the transaction must
    /// be rolled back.</exception>
    public async Task<IReadOnlyList<string>> UpInTransactionAsync(
        NpgsqlConnection connection, string schema, Func<Task>? beforeFirst = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(schema);
        string role = await MigrationTracking.RoleAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!await CheckUpInTransactionAsync(connection, schema, cancellationToken).ConfigureAwait(false))
            return [];
        if (beforeFirst is not null)
            await beforeFirst().ConfigureAwait(false);
        (MigrationState? state, int backend) = await LockAsync(connection, schema, role, cancellationToken).ConfigureAwait(false);
        List<(Migration Migration, string TrackingTable)> pending = Pending(state);
        await RunTogetherAsync(connection, state, pending, isUp: true, backend, cancellationToken).ConfigureAwait(false);
        return pending.Select(item => item.Migration.Name).ToList();
    }

    /// <summary>
    /// Checks, with SELECTs only, whether <see cref="UpInTransactionAsync"/> would be refused. Use it before long work that ends with it.
    /// </summary>
    /// <param name="connection">As there.</param>
    /// <param name="schema">As there.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>Whether anything is pending.</returns>
    /// <exception cref="MigrationException">It would be refused; the message says what to do.</exception>
    public async Task<bool> CheckUpInTransactionAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(schema);
        string role = await MigrationTracking.RoleAsync(connection, cancellationToken).ConfigureAwait(false);
        MigrationState state = await ReadAsync(connection, schema, role, cancellationToken).ConfigureAwait(false);
        List<(Migration Migration, string TrackingTable)> pending = Pending(state);
        if (pending.FirstOrDefault(item => !item.Migration.UpInTransaction) is { Migration: { } alone })
            MigrationThrow.NeedsOwnTransaction(alone.Name);
        await RequireWritableAsync(connection, state, pending, isUp: true, cancellationToken).ConfigureAwait(false);
        return pending.Count > 0;
    }

    private async Task RequireWritableAsync(
        NpgsqlConnection connection, MigrationState state, List<(Migration Migration, string TrackingTable)> files, bool isUp,
        CancellationToken cancellationToken)
    {
        if (files.Count == 0)
            return;
        try
        {
            await MigrationTracking.RequireWritableAsync(connection, Target, state, files, isUp, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            MigrationThrow.ConnectionLost(Target, null, error);
        }
    }

    private List<(Migration Migration, string TrackingTable)> Pending(MigrationState state)
    {
        var pending = known.Where(item => state.Find(item.Migration.Name) is null).ToList();
        foreach (IGrouping<string, (Migration Migration, string TrackingTable)> group in pending.Where(
            item => !state.TrackingTables.ContainsKey(item.TrackingTable))
            .GroupBy(item => item.TrackingTable, StringComparer.Ordinal))
        {
            // Tables without a tracking table: the schema is wrong, or the tables were created otherwise. CREATE TABLE would fail at the
            // first of them without explaining that.
            var explained = group.Where(item => item.Migration.CreatedTables().Any(state.Tables.Contains)).ToList();
            if (explained.Count > 0)
            {
                MigrationThrow.TrackingAbsent(
                    state.Schema, group.Key, explained.SelectMany(item => item.Migration.CreatedTables()).Where(state.Tables.Contains),
                    explained
                        .Select(item => item.Migration.Name));
            }
        }

        return pending;
    }

    /// <summary>Applies the next pending file, with the lock inside its transaction.</summary>
    /// <returns>False if nothing is pending: another runner may have applied it.</returns>
    private async Task<bool> UpNextAsync(NpgsqlConnection connection, List<string> done, CancellationToken cancellationToken)
    {
        string? name = null;
        try
        {
            NpgsqlTransaction transaction =
                await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                (MigrationState? state, int backend) = await LockAsync(connection, cancellationToken).ConfigureAwait(false);
                var next = Pending(state).Where(item => !done.Contains(item.Migration.Name)).Take(1).ToList();
                if (next.Count == 0)
                    return false;
                name = next[0].Migration.Name;
                if (next[0].Migration.UpInTransaction)
                {
                    await RunAsync(connection, state, next[0], isUp: true, backend, MigrationScope.File, transaction, cancellationToken)
                        .ConfigureAwait(false);
                    done.Add(name);
                    return true;
                }
            }

            await RunAloneAsync(connection, isUp: true, done, null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (NpgsqlException error) when (error is not PostgresException)
        {
            MigrationThrow.ConnectionLost(Target, name, error);
            throw;
        }
    }

    /// <summary>Runs the next file under a session-level lock. There is no pooler that could give the session to others.</summary>
    private async Task RunAloneAsync(
        NpgsqlConnection connection, bool isUp, List<string> done, HashSet<string>? only, CancellationToken cancellationToken)
    {
        string schema = (await ReadAsync(connection, cancellationToken).ConfigureAwait(false)).Schema;
        int backend = await LockAsync(connection, schema, MigrationLock.OfSession, cancellationToken).ConfigureAwait(false);
        MigrationState state = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        Migration? migration = null;
        try
        {
            List<(Migration Migration, string TrackingTable)> candidates =
                isUp ? Pending(state) : Applied(state).Where(item => only!.Contains(item.Migration.Name)).ToList();
            var next = candidates.Where(item => !done.Contains(item.Migration.Name)).Take(1).ToList();
            if (next.Count == 0)
                return;
            migration = next[0].Migration;
            if (isUp ? migration.UpInTransaction : migration.DownInTransaction)
            {
                NpgsqlTransaction transaction =
                    await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    await RunAsync(connection, state, next[0], isUp, backend, MigrationScope.File, transaction, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
            else
            {
                await RunAsync(connection, state, next[0], isUp, backend, MigrationScope.Nothing, null, cancellationToken).ConfigureAwait(
                    false);
            }

            done.Add(migration.Name);
        }
        finally
        {
            // If the session is broken, the lock is gone too, and the error that broke it is reported.
            if (connection.FullState == ConnectionState.Open
                && !await MigrationTracking.UnlockAsync(connection, state.Schema).ConfigureAwait(false))
            {
                MigrationThrow.LockLost(Target, migration?.Name ?? "");
            }
        }
    }

    /// <summary>
    /// Pins the search path of a transaction that has just begun, acquires the lock and reads the state under it: the runner that held the
    /// lock before may have applied everything.
    /// </summary>
    private async Task<(MigrationState State, int Backend)> LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        (string? schema, string? role) =
            await MigrationTracking.EnterAsync(connection, SessionDemands.Of(dataSource), cancellationToken).ConfigureAwait(false);
        return await LockAsync(connection, schema, role, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(MigrationState State, int Backend)> LockAsync(
        NpgsqlConnection connection, string schema, string role, CancellationToken cancellationToken)
    {
        int backend = await LockAsync(connection, schema, MigrationLock.OfTransaction, cancellationToken).ConfigureAwait(false);
        return (await ReadAsync(connection, schema, role, cancellationToken).ConfigureAwait(false), backend);
    }

    private async Task<int> LockAsync(NpgsqlConnection connection, string schema, MigrationLock kind, CancellationToken cancellationToken)
    {
        try
        {
            return await MigrationTracking.LockAsync(
                connection, schema, kind, options.RunnerTimeout,
                holder => PostgresLog.OtherRunner(logger, schema, holder), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            MigrationThrow.ConnectionLost(Target, null, error);
            throw;
        }
    }

    private async Task<MigrationExecutor> RunTogetherAsync(
        NpgsqlConnection connection, MigrationState state, List<(Migration Migration, string TrackingTable)> files, bool isUp, int backend,
        CancellationToken cancellationToken)
    {
        var executor = new MigrationExecutor(connection, state, MigrationScope.Everything);
        var existing = state.TrackingTables.Keys.ToHashSet(StringComparer.Ordinal);
        string? name = null;
        try
        {
            await executor.EnterAsync(cancellationToken).ConfigureAwait(false);
            foreach ((Migration? migration, string? trackingTable) in files)
            {
                name = migration.Name;
                long started = Stopwatch.GetTimestamp();
                await executor.RunAsync(migration, trackingTable, existing.Add(trackingTable), isUp, cancellationToken).ConfigureAwait(
                    false);
                Log(isUp, name, state.Schema, started);
            }

            await executor.LeaveAsync(cancellationToken).ConfigureAwait(false);
            await RequireSameBackendAsync(connection, backend, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error) when (error is not PostgresException)
        {
            MigrationThrow.ConnectionLost(Target, name, error);
        }

        return executor;
    }

    private async Task RunAsync(
        NpgsqlConnection connection, MigrationState state, (Migration Migration, string TrackingTable) file, bool isUp, int backend,
        MigrationScope scope,
        NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        var executor = new MigrationExecutor(connection, state, scope);
        await executor.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await executor.RunAsync(
                file.Migration, file.TrackingTable, !state.TrackingTables.ContainsKey(file.TrackingTable), isUp, cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            // The search path of a transaction ends with it; a session's path must be reset.
            if (transaction is null && connection.FullState == ConnectionState.Open)
                await executor.LeaveAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await RequireSameBackendAsync(connection, backend, cancellationToken).ConfigureAwait(false);
        if (transaction is not null)
            await executor.CommitAsync(transaction, file.Migration, isUp).ConfigureAwait(false);
        Log(isUp, file.Migration.Name, state.Schema, started);
    }

    private async Task RequireSameBackendAsync(NpgsqlConnection connection, int expected, CancellationToken cancellationToken)
    {
        int found = await MigrationTracking.BackendAsync(connection, cancellationToken).ConfigureAwait(false);
        if (found != expected)
            MigrationThrow.SessionChanged(Target, expected, found);
    }

    /// <summary>
    /// Refuses a file with notransaction if there is a pooler. A pooler is recognised because it reports a process id of its own.
    /// </summary>
    private async Task RequireDirectAsync(NpgsqlConnection connection, Migration? alone, CancellationToken cancellationToken)
    {
        if (alone is not null
            && await MigrationTracking.BackendAsync(connection, cancellationToken).ConfigureAwait(false) != connection.ProcessID)
        {
            MigrationThrow.PoolerForNoTransaction(Target, alone.Name);
        }
    }

    private void Log(bool isUp, string name, string schema, long started) => PostgresLog.Migrated(
        logger, isUp ? "Applied" : "Took back", name, schema, Stopwatch.GetElapsedTime(started).TotalMilliseconds);

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (TransientFailure.IsOfConnecting(error))
        {
            cancellationToken.ThrowIfCancellationRequested();
            MigrationThrow.Unreachable(
                Target, await ConnectFailure.DescribeAsync(dataSource, error, cancellationToken).ConfigureAwait(false), error);
            throw;
        }
    }

    private async Task<MigrationState> ReadAsync(
        NpgsqlConnection connection, string schema, string role, CancellationToken cancellationToken)
    {
        try
        {
            return await MigrationTracking.ReadAsync(connection, schema, role, trackingTables, createdTables, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            MigrationThrow.ConnectionLost(Target, null, error);
            throw;
        }
    }

    private async Task<MigrationState> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await MigrationTracking.ReadAsync(
                connection, SessionDemands.Of(dataSource), trackingTables, createdTables, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            MigrationThrow.ConnectionLost(Target, null, error);
            throw;
        }
    }

    /// <summary>Host, database and user: enough to recognise a server, without a secret.</summary>
    private string Target
    {
        get
        {
            var builder = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
            return $"{builder.Database ?? builder.Username} on {builder.Host} as {builder.Username}";
        }
    }
}
