using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>One session of a server, so that it can be recognised when its connection is lost.</summary>
/// <param name="ProcessId">The server process, as in pg_stat_activity.</param>
/// <param name="StartedAt">When it started, UTC, as digits down to microseconds, because process ids are reused.</param>
public sealed record ServerSession(int ProcessId, string StartedAt)
{
    /// <summary>The expression over pg_stat_activity that gives <see cref="StartedAt"/>.</summary>
    internal const string StartedAtSql = "to_char(backend_start AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS')";

    /// <summary>The condition on pg_stat_activity for one session, with <see cref="Parameters"/>.</summary>
    internal const string IsItSql = $"pid = $1 AND {StartedAtSql} = $2";

    /// <summary>New parameters for <see cref="IsItSql"/>.</summary>
    internal NpgsqlParameter[] Parameters =>
        [new NpgsqlParameter<int> { TypedValue = ProcessId }, new NpgsqlParameter<string> { TypedValue = StartedAt }];
}
