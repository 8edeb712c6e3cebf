using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>Applies migrations, takes them back, and says which are applied. Shares a database with rubenv/sql-migrate, and so with wallet-backend's own
/// tool.</summary>
/// <remarks>
/// <para>Everything happens in one schema: the one that was named to <see cref="ConnectionSettings.ConnectAsync"/>, else the first existing one of the
/// session's <c>search_path</c>. A file runs with that schema alone in its path. Sets run in the given order, the files of a set by name; back
/// in the opposite order.
/// A file counts as applied when any tracking table of the sets names it. Missing files are applied also when later ones are there; names of other tools are
/// left alone.</para>
/// <para>Each file runs in one transaction with its tracking row: it is applied as a whole or not at all (a file that says <c>notransaction</c> is not). Where
/// nothing is pending only SELECTs are sent. One runner works at a time; others wait. An instance may be used again, and by several callers at once.</para>
/// </remarks>
public sealed class MigrationRunner
{
    private readonly NpgsqlDataSource dataSource;
    private readonly List<(Migration Migration, string TrackingTable)> known = [];
    private readonly List<string> trackingTables;
    private readonly HashSet<string> createdTables;
    private readonly MigrationRunnerOptions options;
    private readonly ILogger logger;

    /// <summary>Makes a runner; connects to nothing yet.</summary>
    /// <param name="dataSource">Database and, by its search path, schema.</param>
    /// <param name="sets">Migrations in the order in which they are applied.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="logger">Gets one line per file.</param>
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
        foreach (var set in sets)
            known.AddRange(set.Source.Migrations.Select(migration => (migration, set.TrackingTable)));
        if (known.GroupBy(item => item.Migration.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } repeated)
            MigrationThrow.DuplicateName(repeated.Key);
        trackingTables = known.Select(item => item.TrackingTable).Distinct(StringComparer.Ordinal).ToList();
        createdTables = known.SelectMany(item => item.Migration.CreatedTables()).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Says which migrations are applied, with SELECTs only: ours in the order in which they run, then names that belong to other tools.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <exception cref="MigrationException">The database cannot be reached, has no schema for us, or does not let the role read a tracking table.</exception>
    public async Task<IReadOnlyList<MigrationStatus>> StatusAsync(CancellationToken cancellationToken = default)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var state = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            var names = known.Select(item => item.Migration.Name).ToHashSet(StringComparer.Ordinal);
            var ours = known.Select(item => state.Find(item.Migration.Name) is { } row
                ? new MigrationStatus(item.Migration.Name, row.TrackingTable, true, row.AppliedAt, true)
                : new MigrationStatus(item.Migration.Name, item.TrackingTable, false, null, true));
            var others = state.TrackingTables.SelectMany(table => table.Value
                .Where(row => !names.Contains(row.Key))
                .Select(row => new MigrationStatus(row.Key, table.Key, true, row.Value, false)));
            return ours.Concat(others).ToList();
        }
    }

    /// <summary>Applies what is pending.</summary>
    /// <param name="max">Most files to apply, 1 or more; null for all.</param>
    /// <param name="cancellationToken">Ends the run between or inside files; a file that was cut off is rolled back.</param>
    /// <returns>Names of the files that were applied, in order; empty when nothing was pending.</returns>
    /// <exception cref="MigrationException">
    /// The state cannot be read; tables are there that no tracking table explains; another runner does not end; or PostgreSQL refuses a statement. The message
    /// names file, statement, line and SQLSTATE.
    /// </exception>
    public Task<IReadOnlyList<string>> UpAsync(int? max = null, CancellationToken cancellationToken = default)
    {
        if (max < 1)
            MigrationThrow.Count(max.Value);
        return RunAsync(state => Pending(state).Take(max ?? int.MaxValue).ToList(), isUp: true, cancellationToken);
    }

    /// <summary>Takes back the last applied files of these sets. Their tables go, with all rows.</summary>
    /// <param name="count">How many files, 1 or more; fewer when fewer are applied.</param>
    /// <param name="cancellationToken">As in <see cref="UpAsync"/>.</param>
    /// <returns>Names of the files that were taken back, in order.</returns>
    /// <exception cref="MigrationException">As in <see cref="UpAsync"/>.</exception>
    public Task<IReadOnlyList<string>> DownAsync(int count, CancellationToken cancellationToken = default)
    {
        if (count < 1)
            MigrationThrow.Count(count);
        return RunAsync(state => Applied(state).Take(count).ToList(), isUp: false, cancellationToken);
    }

    private IEnumerable<(Migration Migration, string TrackingTable)> Applied(MigrationState state)
    {
        foreach (var (migration, _) in Enumerable.Reverse(known))
        {
            if (state.Find(migration.Name) is { } row)
                yield return (migration, row.TrackingTable);
        }
    }

    private List<(Migration Migration, string TrackingTable)> Pending(MigrationState state)
    {
        var pending = known.Where(item => state.Find(item.Migration.Name) is null).ToList();
        foreach (var group in pending.Where(item => !state.TrackingTables.ContainsKey(item.TrackingTable))
            .GroupBy(item => item.TrackingTable, StringComparer.Ordinal))
        {
            // Tables without a tracking table: either the wrong schema, or made by other means. CREATE TABLE would fail at the first of them and explain
            // nothing.
            var explained = group.Where(item => item.Migration.CreatedTables().Any(state.Tables.Contains)).ToList();
            if (explained.Count > 0)
            {
                MigrationThrow.TrackingAbsent(
                    state.Schema, group.Key, explained.SelectMany(item => item.Migration.CreatedTables()).Where(state.Tables.Contains), explained
                        .Select(item => item.Migration.Name));
            }
        }

        return pending;
    }

    private async Task<IReadOnlyList<string>> RunAsync(
        Func<MigrationState, List<(Migration Migration, string TrackingTable)>> choose, bool isUp, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var state = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            if (choose(state).Count == 0)
                return [];

            var key = await LockAsync(connection, state.Schema, cancellationToken).ConfigureAwait(false);
            try
            {
                // Read again: the runner that held the lock may have done it all.
                state = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
                var done = new List<string>();
                var existing = state.TrackingTables.Keys.ToHashSet(StringComparer.Ordinal);
                foreach (var (migration, trackingTable) in choose(state))
                {
                    var started = Stopwatch.GetTimestamp();
                    await ApplyAsync(connection, state, migration, trackingTable, isUp, !existing.Contains(trackingTable), cancellationToken)
                        .ConfigureAwait(false);
                    existing.Add(trackingTable);
                    done.Add(migration.Name);
                    logger.LogInformation(
                        "{Direction} {Migration} in schema {Schema} ({Milliseconds:F0} ms).", isUp ? "Applied" : "Took back", migration.Name, state.Schema,
                            Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }

                return done;
            }
            finally
            {
                await MigrationTracking.UnlockAsync(connection, key).ConfigureAwait(false);
            }
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, MigrationState state, Migration migration, string trackingTable, bool isUp, bool isFirst,
        CancellationToken cancellationToken)
    {
        var (statements, inTransaction) = isUp ? (migration.Up, migration.UpInTransaction) : (migration.Down, migration.DownInTransaction);
        try
        {
            var transaction = inTransaction ? await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false) : null;
            try
            {
                await EnterAsync(connection, state.Schema, inTransaction, cancellationToken).ConfigureAwait(false);
                if (isFirst)
                    await TrackAsync(connection, state, migration.Name, trackingTable, MigrationTracking.CreateSql(state.Schema, trackingTable), inTransaction,
                        null, cancellationToken).ConfigureAwait(false);
                for (var number = 1; number <= statements.Count; number++)
                    await ExecuteAsync(connection, state, migration.Name, statements[number - 1], number, inTransaction, cancellationToken)
                        .ConfigureAwait(false);
                var sql = isUp ? MigrationTracking.InsertSql(state.Schema, trackingTable) : MigrationTracking.DeleteSql(state.Schema, trackingTable);
                await TrackAsync(connection, state, migration.Name, trackingTable, sql, inTransaction, migration.Name, cancellationToken).ConfigureAwait(false);
                if (transaction is not null)
                    await CommitAsync(transaction, state, migration.Name, statements, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                // Without commit this rolls back.
                if (transaction is not null)
                    await transaction.DisposeAsync().ConfigureAwait(false);
                else if (connection.FullState == System.Data.ConnectionState.Open)
                    await ExecuteAsync(connection, "RESET search_path", CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException error) when (error is not PostgresException)
        {
            MigrationThrow.ConnectionLost(Target, migration.Name, error);
        }
    }

    /// <summary>The statements of a migration find their tables in one schema, whatever path the session began with. Those that run outside a transaction need it for the session.</summary>
    private async Task EnterAsync(NpgsqlConnection connection, string schema, bool inTransaction, CancellationToken cancellationToken)
    {
        if (inTransaction)
            await SessionStart.EnterAsync(connection, SessionDemands.Of(dataSource), cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, PinnedPath.SetFor(schema, isLocal: inTransaction), cancellationToken).ConfigureAwait(false);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The name in it is a quoted literal.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, MigrationState state, string name, MigrationStatement statement, int number, bool inTransaction,
            CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The text of a migration is the program's own, or the operator's.
        var command = new NpgsqlCommand(statement.Text, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            // An unnamed parameter, which no statement uses, keeps Npgsql from cutting the text at semicolons inside BEGIN ATOMIC (npgsql/npgsql#4445).
            command.Parameters.Add(new NpgsqlParameter { Value = 0 });
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException error)
            {
                MigrationThrow.StatementRefused(name, number, LineOf(statement, error), inTransaction, state.Schema, state.Role, error);
            }
        }
    }

    private static async Task TrackAsync(
        NpgsqlConnection connection, MigrationState state, string name, string trackingTable, string sql, bool inTransaction, string? parameter,
            CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The names in it are quoted as identifiers.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            if (parameter is not null)
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException error)
            {
                MigrationThrow.TrackingRefused(name, trackingTable, inTransaction, state.Schema, state.Role, error);
            }
        }
    }

    /// <summary>COMMIT can fail too: constraints declared INITIALLY DEFERRED are checked there.</summary>
    private static async Task CommitAsync(
        NpgsqlTransaction transaction, MigrationState state, string name, IReadOnlyList<MigrationStatement> statements, CancellationToken cancellationToken)
    {
        try
        {
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error)
        {
            MigrationThrow.StatementRefused(name, statements.Count, statements.Count == 0 ? 1 : statements[^1].Line, true, state.Schema, state.Role, error);
        }
    }

    private static int LineOf(MigrationStatement statement, PostgresException error)
    {
        // Position counts characters from 1; 0 means that the server gave none.
        var length = Math.Clamp(error.Position - 1, 0, statement.Text.Length);
        return statement.Line + statement.Text.AsSpan(0, length).Count('\n');
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (TransientFailure.IsOfConnecting(error))
        {
            cancellationToken.ThrowIfCancellationRequested();
            MigrationThrow.Unreachable(Target, error);
            throw;
        }
    }

    private async Task<MigrationState> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await MigrationTracking.ReadAsync(connection, SessionDemands.Of(dataSource), trackingTables, createdTables, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            MigrationThrow.ConnectionLost(Target, null, error);
            throw;
        }
    }

    private async Task<long> LockAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        try
        {
            return await MigrationTracking.LockAsync(
                connection, schema, options.RunnerTimeout,
                holder => logger.LogInformation("Another runner is migrating schema {Schema} ({Holder}); waiting for it.", schema, holder),
                    TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            MigrationThrow.ConnectionLost(Target, null, error);
            throw;
        }
    }

    /// <summary>Host, database and user: enough to recognise a server, and no secret.</summary>
    private string Target
    {
        get
        {
            var builder = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
            return $"{builder.Database ?? builder.Username} on {builder.Host} as {builder.Username}";
        }
    }
}
