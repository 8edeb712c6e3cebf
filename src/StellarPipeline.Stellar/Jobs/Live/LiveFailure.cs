using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Tells the failures of a ledger's transaction that are worth another try from those that are not.</summary>
/// <remarks>
/// Permanent: SQLSTATE classes 22 (data), 23 (integrity) and 42 (names, rights), since the same rows would meet the same answer; refusals
/// of log-ins and of a database that does not exist (28, 3D); a cursor that was moved; and every check of ours. All else passes, also a
/// full disk or a lock that was waited for in vain: who follows the network for ever waits for an operator rather than end. A COMMIT
/// without an answer passes too, because the next try looks at the cursor first.
/// </remarks>
internal static class LiveFailure
{
    private static readonly string[] PermanentClasses = ["22", "23", "28", "3D", "42"];

    /// <summary>Whether another try is worth it.</summary>
    /// <param name="error">What ended the transaction.</param>
    public static bool Passes(Exception error)
    {
        if (error is LiveException or IngestCursorException or LoadRefusedException) return false;
        if (error is DatabaseException { LockIsBusy: true } or DatabaseException { OutcomeIsUnknown: true }) return true;
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is PostgresException server) return !PermanentClasses.Contains(server.SqlState[..2]);
        }

        return TransientFailure.Is(error);
    }
}
