namespace Pipeline.Postgres;

/// <summary>One session of a server, so that it can be recognised when its connection is lost.</summary>
/// <param name="ProcessId">The server process, as in pg_stat_activity.</param>
/// <param name="StartedAt">When it started, UTC, as digits down to microseconds: process ids come round again.</param>
public sealed record ServerSession(int ProcessId, string StartedAt);
