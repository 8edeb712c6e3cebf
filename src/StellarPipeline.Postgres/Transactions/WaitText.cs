using System.Globalization;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>Describes what a server process waits for.</summary>
/// <remarks>Names: PostgreSQL manual, "Wait Events".</remarks>
internal static class WaitText
{
    /// <summary>Describes a wait.</summary>
    /// <param name="processId">The server process.</param>
    /// <param name="wait">Type and name of the wait event with a blank between, empty where it works, "state …" where it does neither, null
    /// where it is gone.</param>
    public static string Of(int processId, string? wait) => wait switch
    {
        null => FormattableString.Invariant($"server process {processId} is gone."),
        "" => FormattableString.Invariant($"server process {processId} is working (it checks deferred constraints or writes its log)."),
        "IPC SyncRep" =>
            string.Create(CultureInfo.InvariantCulture,
                $"server process {processId} waits for a synchronous standby ({wait}) that has not confirmed. See pg_stat_replication and "
                        + $"synchronous_standby_names; the load is complete on the primary."),
        _ when wait.StartsWith("state ", StringComparison.Ordinal) =>
            FormattableString.Invariant($"server process {processId} is in {wait}: it has not received the COMMIT yet, or has answered."),
        _ when wait.StartsWith("Lock ", StringComparison.Ordinal) =>
            FormattableString.Invariant(
                $"server process {processId} waits for a lock of another session ({wait}). See pg_locks and pg_stat_activity."),
        _ when wait.StartsWith("IO ", StringComparison.Ordinal) || wait.Contains("WAL", StringComparison.Ordinal) =>
            FormattableString.Invariant($"server process {processId} waits for its disk or its log ({wait})."),
        _ => FormattableString.Invariant($"server process {processId} waits for {wait}."),
    };
}
