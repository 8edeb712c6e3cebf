using Npgsql;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Advisory locks that a process holds while it works, on its own connection.</summary>
/// <remarks>
/// The locks end with the session: when the process, the server or the network between them fails. The holder is not notified of that, so
/// it calls <see cref="ProbeAsync"/> before each piece of work. A pooler in transaction mode breaks such locks, which the probe detects as
/// soon as it reaches another session. For one caller at a time.
/// </remarks>
internal sealed class SessionLock : IAsyncDisposable
{
    private const int TimeoutSeconds = 30;

    private readonly NpgsqlConnection connection;
    private readonly long[] keys;
    private int process;

    private SessionLock(NpgsqlConnection connection, long[] keys)
    {
        this.connection = connection;
        this.keys = keys;
    }

    /// <summary>Acquires all of the locks, or none.</summary>
    /// <param name="dataSource">The database; one connection is kept until this object is disposed.</param>
    /// <param name="locks">The locks.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The locks; or null and the holder of one of them, if it is visible.</returns>
    /// <exception cref="DatabaseException">The connection could not be opened, or it failed.</exception>
    public static async Task<(SessionLock? Lock, string? Holder)> TryTakeAsync(
        NpgsqlDataSource dataSource, IReadOnlyList<AdvisoryLock> locks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        ArgumentNullException.ThrowIfNull(locks);
        NpgsqlConnection connection = await SessionStart.OpenAsync(dataSource, cancellationToken).ConfigureAwait(false);
        var taken = new SessionLock(connection, [.. locks.Select(static wanted => wanted.Key)]);
        bool isTaken = false;
        try
        {
            foreach (long key in taken.keys)
            {
                if (await taken.ScalarAsync<bool>("SELECT pg_try_advisory_lock($1)", cancellationToken,
                    new NpgsqlParameter<long> { TypedValue = key }).ConfigureAwait(false))
                {
                    continue;
                }

                return (null, await LockHolder.DescribeAsync(connection, key, cancellationToken).ConfigureAwait(false));
            }

            taken.process = await taken.ScalarAsync<int>("SELECT pg_backend_pid()", cancellationToken).ConfigureAwait(false);
            isTaken = true;
            return (taken, null);
        }
        catch (Exception error) when (error is NpgsqlException or IOException or TimeoutException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            DatabaseThrow.Failed("Taking the advisory lock", ServerName.Of(dataSource), error);
            throw;
        }
        finally
        {
            if (!isTaken) await taken.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Asks the server whether the locks are still held.</summary>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>Null if they are; otherwise what happened to them, as a sentence.</returns>
    public async Task<string?> ProbeAsync(CancellationToken cancellationToken = default)
    {
        const string Question = """
            SELECT pg_backend_pid() = $1 AND count(*) = cardinality($2) FROM pg_locks
            WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid = pg_backend_pid() AND mode = 'ExclusiveLock'
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND ((classid::bigint << 32) | objid::bigint) = ANY ($2)
            """;
        try
        {
            bool isHeld = await ScalarAsync<bool>(
                Question, cancellationToken, new NpgsqlParameter<int> { TypedValue = process },
                new NpgsqlParameter<long[]> { TypedValue = keys }).ConfigureAwait(false);
            return isHeld ? null : "another session answers in its place, as behind a pooler, or somebody released it.";
        }
        catch (Exception error) when (error is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return $"its session has ended ({error.Message.TrimEnd('.')}).";
        }
    }

    /// <summary>Releases the locks.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (long key in keys)
            {
                await ScalarAsync<bool>("SELECT pg_advisory_unlock($1)", CancellationToken.None,
                    new NpgsqlParameter<long> { TypedValue = key }).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
        {
            // The session has ended, which released its locks.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
        where T : struct
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(TimeoutSeconds));
#pragma warning disable CA2100 // Statements of our own; values are parameters.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100
        command.Parameters.AddRange(parameters);
        try
        {
            return await PinnedPath.ScalarAsync(connection, command, limit.Token).ConfigureAwait(false) is T value ? value : default;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The server did not answer within {TimeoutSeconds} s.");
        }
    }
}
