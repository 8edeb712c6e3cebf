using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Pipeline.Postgres;

/// <summary>Finds out, on a new connection, what became of a transaction whose connection was lost.</summary>
internal static class CommitProbe
{
    public const string Committed = "committed";
    public const string Aborted = "aborted";

    // 22023 with a transaction id means that the server does not know the id yet: it restarted after a crash and the transaction was lost with it.
    private const string UnknownFutureTransaction = "22023";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>The statement that asks for a transaction's fate: committed, aborted, in progress, or NULL when it is too old to be known.</summary>
    public static NpgsqlBatchCommand Command(ulong transactionId) => new("SELECT pg_xact_status($1::text::xid8)")
    {
        Parameters = { new NpgsqlParameter<string> { TypedValue = transactionId.ToString(CultureInfo.InvariantCulture) } },
    };

    /// <summary>Asks until the answer is final or the limit has passed. At least one attempt is made.</summary>
    /// <returns><see cref="Committed"/>, <see cref="Aborted"/>, or any other text that says why it is not known.</returns>
    public static async Task<string> AskAsync(NpgsqlDataSource dataSource, ulong transactionId, TimeSpan limit)
    {
        long started = Stopwatch.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (true)
        {
            string status = await AskOnceAsync(dataSource, transactionId, limit).ConfigureAwait(false);
            if (status is Committed or Aborted || Stopwatch.GetElapsedTime(started) + pause > limit)
                return status;
            await Task.Delay(pause).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private static async Task<string> AskOnceAsync(NpgsqlDataSource dataSource, ulong transactionId, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource(limit > LongestPause ? limit : LongestPause);
        try
        {
            NpgsqlConnection connection = await dataSource.OpenConnectionAsync(stop.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var batch = new NpgsqlBatch(connection) { BatchCommands = { Command(transactionId) } };
                await using (batch.ConfigureAwait(false))
                    return await batch.ExecuteScalarAsync(stop.Token).ConfigureAwait(false) as string ?? "the server no longer knows the transaction";
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
}
