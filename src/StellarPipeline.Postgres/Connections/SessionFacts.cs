namespace StellarPipeline.Postgres.Connections;

/// <summary>What a session says of itself when it begins.</summary>
/// <param name="SearchPath">The search path that it began with.</param>
/// <param name="Schemas">The existing schemas of that path in their order, without those that PostgreSQL adds by itself.</param>
/// <param name="ProcessId">The server process, as in pg_stat_activity.</param>
/// <param name="IsPooled">Whether the connection was told of another process than the one that answers: a pooler stands between.</param>
/// <param name="Database">The database.</param>
/// <param name="Role">The role that it runs as.</param>
internal sealed record SessionFacts(
    string SearchPath, IReadOnlyList<string> Schemas, int ProcessId, bool IsPooled, string Database, string Role)
{
    /// <summary>The first schema of the path in which tables of users can be; null where there is none.</summary>
    public string? Schema =>
        Schemas.FirstOrDefault(name => !name.StartsWith("pg_", StringComparison.Ordinal) && name != "information_schema");

    /// <summary>Whether the server is a standby.</summary>
    public bool IsStandby { get; init; }

    /// <summary>Whether the transaction may change nothing.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Why the session can write nothing and what to do, in full sentences; null where it can.</summary>
    public string? WhyReadOnly => WhyReadOnlyOf(IsStandby, IsReadOnly);

    /// <summary>The same of what was read otherwise.</summary>
    internal static string? WhyReadOnlyOf(bool isStandby, bool isReadOnly) => isStandby
        ? "The server is a standby, which takes no rows. Connect to its primary."
        : isReadOnly
            ? "Transactions are read-only by default (default_transaction_read_only). Load as a role for which they are not: ALTER ROLE … "
                + "SET default_transaction_read_only = off; or lift it for the database, the server or the address (options=)."
            : null;
}
