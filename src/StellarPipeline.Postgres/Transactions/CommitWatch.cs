namespace StellarPipeline.Postgres.Transactions;

/// <summary>
/// Tells, on any thread and at any time, whether the COMMIT of a load has been sent. Set it in the load's options, and read it before
/// stopping the program.
/// </summary>
[System.ComponentModel.TypeConverter(typeof(CodeOnlyConverter))]
public sealed class CommitWatch
{
    private volatile CommitInFlight? current;
    private volatile bool isCommitted;

    /// <summary>
    /// The COMMIT that was sent and whose outcome is still unknown; null before it, and after the outcome is known or no longer awaited.
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

/// <summary>A COMMIT that was sent and not answered yet.</summary>
/// <param name="Server">Host, port, database and user.</param>
/// <param name="ProcessId">The server process, as in pg_stat_activity.</param>
/// <param name="TransactionId">The transaction's 64-bit id.</param>
public sealed record CommitInFlight(string Server, int ProcessId, ulong TransactionId)
{
    /// <summary>The query that returns the outcome.</summary>
    public string Query => FormattableString.Invariant($"SELECT pg_xact_status('{TransactionId}')");
}
