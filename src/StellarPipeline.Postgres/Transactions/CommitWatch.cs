namespace StellarPipeline.Postgres.Transactions;

/// <summary>
/// Says, to any thread and at any time, whether the COMMIT of a load is out. Give it to the load's options and ask it when somebody wants
/// to stop the program.
/// </summary>
[System.ComponentModel.TypeConverter(typeof(CodeOnlyConverter))]
public sealed class CommitWatch
{
    private volatile CommitInFlight? current;
    private volatile bool isCommitted;

    /// <summary>
    /// The COMMIT that was sent and whose outcome is not known yet; null before it, and when the outcome is known or no longer awaited.
    /// </summary>
    public CommitInFlight? Current => current;

    /// <summary>Whether a load is known to be committed.</summary>
    public bool IsCommitted => isCommitted;

    internal void Sent(CommitInFlight commit) => current = commit;

    internal void Ended(bool hasCommitted)
    {
        isCommitted |= hasCommitted;
        current = null;
    }
}

/// <summary>A COMMIT that is out.</summary>
/// <param name="Server">Host, port, database and user.</param>
/// <param name="ProcessId">The server process, as in pg_stat_activity.</param>
/// <param name="TransactionId">The transaction's 64-bit id.</param>
public sealed record CommitInFlight(string Server, int ProcessId, ulong TransactionId)
{
    /// <summary>The query that tells the outcome.</summary>
    public string Query => FormattableString.Invariant($"SELECT pg_xact_status('{TransactionId}')");
}
