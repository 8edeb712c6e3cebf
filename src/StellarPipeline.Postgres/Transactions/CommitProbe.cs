using System.Diagnostics;
using System.Globalization;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>Finds out, on a new connection, whether a transaction whose connection was lost was committed.</summary>
internal static class CommitProbe
{
    public const string Committed = "committed";
    public const string Aborted = "aborted";
    private const string InProgress = "in progress";
    private const string Standby = "the server that answers is a standby";

    // A committing session is active. A session that is idle in its transaction has not received the COMMIT, which may be lost or may
    // still arrive. Terminating the session makes the answer final.
    private const string EndWaitingSession =
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ServerSession.IsItSql} AND state = 'idle in transaction' AND pid "
            + $"<> pg_backend_pid()";

    // 22023 for a transaction id means that the id is in the future: the server restarted after a crash, and the transaction was lost.
    private const string UnknownFutureTransaction = "22023";

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(100), LongestPause);

    /// <summary>
    /// The statement that reads a transaction's status: committed, aborted, in progress, or NULL if it is too old to be known.
    /// </summary>
    /// <remarks>It uses qualified names, because after COMMIT in the same batch the session's own search path is active again.</remarks>
    public static NpgsqlBatchCommand Command(ulong transactionId) =>
        new("SELECT pg_catalog.pg_xact_status($1::pg_catalog.text::pg_catalog.xid8)")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = transactionId.ToString(CultureInfo.InvariantCulture) } },
        };

    /// <summary>Asks until the answer is final or the limit has passed. At least one attempt is made.</summary>
    /// <param name="dataSource">The source of new connections.</param>
    /// <param name="transactionId">The transaction.</param>
    /// <param name="session">The session of the transaction. It is terminated if it still waits for the COMMIT: otherwise it could keep its
    /// locks for hours.</param>
    /// <param name="limit">How long to ask.</param>
    /// <returns><see cref="Committed"/>, <see cref="Aborted"/>, or another text that tells why the outcome is unknown.</returns>
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
                // With several hosts, a lagging standby might not know a committed transaction.
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
