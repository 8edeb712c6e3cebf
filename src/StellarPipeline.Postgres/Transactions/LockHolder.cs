using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>Describes the session that holds an advisory lock.</summary>
/// <remarks>
/// pg_locks shows a bigint key as classid (high half) and objid (low half) with objsubid 1. Sessions of other roles show their state and
/// times only to members of pg_read_all_stats.
/// </remarks>
internal static class LockHolder
{
    // Another session that holds the lock with key $1.
    private const string HoldsIt =
        """
        l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.classid::bigint = (($1::bigint >> 32) & 4294967295) AND l.objid::bigint = ($1::bigint & 4294967295)
          AND l.pid <> pg_backend_pid()
        """;

    private const string Query =
        $"""
        SELECT a.pid, a.usename::text, a.application_name, a.state, coalesce(a.xact_start, a.backend_start)
        FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE {HoldsIt}
        """;

    private const string EndQuery =
        $"""
        SELECT coalesce(bool_or(pg_terminate_backend(a.pid)), false)
        FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
          JOIN unnest($2, $3) AS lost(pid, started) ON a.pid = lost.pid AND {ServerSession.StartedAtSql} = lost.started
        WHERE {HoldsIt} AND a.usename = current_user
        """;

    /// <summary>Names the holders; null if no session holds the lock.</summary>
    public static async Task<string?> DescribeAsync(NpgsqlConnection connection, long key, CancellationToken cancellationToken)
    {
        var holders = new List<string>();
        var command = new NpgsqlCommand(Query, connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = key } } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    string since = await reader.IsDBNullAsync(4, cancellationToken).ConfigureAwait(false)
                        ? "not visible to this role"
                        : reader.GetDateTime(4).ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                    holders.Add(string.Create(
                        CultureInfo.InvariantCulture,
                        $"process {reader.GetInt32(0)}, application '{Text(reader, 2)}', user {Text(reader, 1)}, state {Text(reader, 3)}, "
                            + $"since {since}"));
                }
            }
        }

        return holders.Count == 0 ? null : string.Join("; ", holders);
    }

    /// <summary>
    /// Terminates lost sessions that hold a lock. Sessions that have ended, or that this role may not terminate, are ignored.
    /// </summary>
    /// <remarks>
    /// A session that was returned to a pool does not hold the lock. It may serve another client, or be the current session, and is kept.
    /// </remarks>
    /// <returns>True if at least one of them still existed.</returns>
    public static async Task<bool> EndAsync(
        NpgsqlConnection connection, IReadOnlyList<ServerSession> lost, long key, CancellationToken cancellationToken)
    {
        if (lost.Count == 0)
            return false;
        var command = new NpgsqlCommand(EndQuery, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = key },
                new NpgsqlParameter<int[]> { TypedValue = [.. lost.Select(session => session.ProcessId)] },
                new NpgsqlParameter<string[]> { TypedValue = [.. lost.Select(session => session.StartedAt)] },
            },
        };
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    private static string Text(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? "not visible to this role" : reader.GetString(column);
}
