namespace StellarPipeline.Postgres.Connections;

/// <summary>The state of a session when it starts.</summary>
/// <param name="SearchPath">The search path that it started with.</param>
/// <param name="Schemas">The existing schemas of that path in their order, without those that PostgreSQL adds by itself.</param>
/// <param name="ProcessId">The server process, as in pg_stat_activity.</param>
/// <param name="IsPooled">Whether there is a pooler: then another process answers than the one announced at the start.</param>
/// <param name="Database">The database.</param>
/// <param name="Role">The role that it runs as.</param>
internal sealed record SessionFacts(
    string SearchPath, IReadOnlyList<string> Schemas, int ProcessId, bool IsPooled, string Database, string Role)
{
    /// <summary>The first schema of the path that can contain user tables; null if there is none.</summary>
    public string? Schema =>
        Schemas.FirstOrDefault(name => !name.StartsWith("pg_", StringComparison.Ordinal) && name != "information_schema");

    /// <summary>Whether the server is a standby.</summary>
    public bool IsStandby { get; init; }

    /// <summary>Whether the transaction is read-only.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Why the session cannot write, and what to do, in full sentences; null if it can write.</summary>
    public string? WhyReadOnly => WhyReadOnlyOf(IsStandby, IsReadOnly);

    /// <summary>The same for values that were read in another way.</summary>
    internal static string? WhyReadOnlyOf(bool isStandby, bool isReadOnly) => isStandby
        ? "The server is a standby, which accepts no rows. Connect to its primary."
        : isReadOnly
            ? "Transactions are read-only by default (default_transaction_read_only). Switch this off for the role (ALTER ROLE … SET "
                + "default_transaction_read_only = off), the database or the server, or in the address (options=)."
            : null;
}
