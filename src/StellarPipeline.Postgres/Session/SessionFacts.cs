namespace StellarPipeline.Postgres;

/// <summary>What a session says of itself when it begins.</summary>
/// <param name="SearchPath">The search path that it began with.</param>
/// <param name="Schemas">The existing schemas of that path in their order, without those that PostgreSQL adds by itself.</param>
/// <param name="ProcessId">The server process, as in pg_stat_activity.</param>
/// <param name="IsPooled">Whether the connection was told of another process than the one that answers: a pooler stands between.</param>
/// <param name="Database">The database.</param>
/// <param name="Role">The role that it runs as.</param>
public sealed record SessionFacts(string SearchPath, IReadOnlyList<string> Schemas, int ProcessId, bool IsPooled, string Database, string Role)
{
    /// <summary>The first schema of the path in which tables of users can be; null where there is none.</summary>
    public string? Schema => Schemas.FirstOrDefault(name => !name.StartsWith("pg_", StringComparison.Ordinal) && name != "information_schema");
}
