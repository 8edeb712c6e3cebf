using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Decides whether a failed transaction of a ledger is worth another attempt.</summary>
/// <remarks>
/// Permanent: SQLSTATE classes 22 (data), 23 (integrity) and 42 (names, rights), because the same rows would get the same answer; rejected
/// logins and databases that do not exist (28, 3D); a cursor that another process moved; and every check of this program. All other
/// failures are retried, even a full disk or a lock timeout: a process that follows the network without end waits for an operator rather
/// than stop. A COMMIT without an answer is retried too, because the next attempt reads the cursor first.
/// </remarks>
internal static class LiveFailure
{
    private static readonly string[] PermanentClasses = ["22", "23", "28", "3D", "42"];

    /// <summary>Whether another attempt is worthwhile.</summary>
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
