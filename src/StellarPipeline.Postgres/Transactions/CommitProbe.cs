using System.Diagnostics;
using System.Globalization;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>Finds out, on a new connection, what became of a transaction whose connection was lost.</summary>
internal static class CommitProbe
{
    public const string Committed = "committed";
    public const string Aborted = "aborted";
    private const string InProgress = "in progress";
    private const string Standby = "the server that answers is a standby";

    // A session that commits is active. One that waits in its transaction has not got the COMMIT, which was lost on its way or may still
    // come: ending it makes the answer final.
    private const string EndWaitingSession =
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ServerSession.IsItSql} AND state = 'idle in transaction' AND pid "
            + $"<> pg_backend_pid()";

    // 22023 with a transaction id means that the server does not know the id yet: it restarted after a crash and the transaction was lost
    // with it.
    private const string UnknownFutureTransaction = "22023";

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(100), LongestPause);

    /// <summary>
    /// The statement that asks for a transaction's fate: committed, aborted, in progress, or NULL when it is too old to be known.
    /// </summary>
    /// <remarks>By full names: behind COMMIT, in the same batch, the search path is the session's own again.</remarks>
    public static NpgsqlBatchCommand Command(ulong transactionId) =>
        new("SELECT pg_catalog.pg_xact_status($1::pg_catalog.text::pg_catalog.xid8)")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = transactionId.ToString(CultureInfo.InvariantCulture) } },
        };

    /// <summary>Asks until the answer is final or the limit has passed. At least one attempt is made.</summary>
    /// <param name="dataSource">Gives the new connections.</param>
    /// <param name="transactionId">The transaction.</param>
    /// <param name="session">The session that it was made in. It is ended when it still waits for the COMMIT: nobody else would, for hours,
    /// and its locks would stay.</param>
    /// <param name="limit">How long to ask.</param>
    /// <returns><see cref="Committed"/>, <see cref="Aborted"/>, or any other text that says why it is not known.</returns>
    public static async Task<string> AskAsync(NpgsqlDataSource dataSource, ulong transactionId, ServerSession session, TimeSpan limit)
    {
        long started = Stopwatch.GetTimestamp();
        for (int looks = 1; ; looks++)
        {
            string status = await AskOnceAsync(dataSource, transactionId, session, limit).ConfigureAwait(false);
            TimeSpan pause = Pauses.After(looks);
            if (status is Committed or Aborted || Stopwatch.GetElapsedTime(started) + pause > limit)
                return status;
            await Pauses.WaitAsync(pause).ConfigureAwait(false);
        }
    }

    private static async Task<string> AskOnceAsync(NpgsqlDataSource dataSource, ulong transactionId, ServerSession session, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource(limit > LongestPause ? limit : LongestPause);
        try
        {
            NpgsqlConnection connection = await dataSource.OpenConnectionAsync(stop.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                // With several hosts: a standby that lags behind would know nothing of a transaction that is committed.
                if (await PinnedPath.ScalarAsync(connection, new NpgsqlBatchCommand("SELECT pg_is_in_recovery()"), stop.Token)
                    .ConfigureAwait(false) is true)
                {
                    return Standby;
                }

                string status = await PinnedPath.ScalarAsync(connection, Command(transactionId), stop.Token).ConfigureAwait(false) as string
                    ?? "the server no longer knows the transaction";
                if (status == InProgress)
                    await PinnedPath.ScalarAsync(connection, EndCommand(session), stop.Token).ConfigureAwait(false);
                return status;
            }
        }
        catch (PostgresException error) when (error.SqlState == UnknownFutureTransaction)
        {
            return Aborted;
        }
        catch (Exception error) when (error is NpgsqlException or OperationCanceledException or TimeoutException or IOException)
        {
            return $"the server could not be asked: {error.Message}";
        }
    }

    private static NpgsqlBatchCommand EndCommand(ServerSession session)
    {
        var command = new NpgsqlBatchCommand(EndWaitingSession);
        command.Parameters.AddRange(session.Parameters);
        return command;
    }
}
