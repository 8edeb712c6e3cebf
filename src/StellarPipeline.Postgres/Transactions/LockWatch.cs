using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>Checks, on its own connection, whether a session waits for a lock, and reports who holds it.</summary>
/// <remarks>
/// It sends one small query every two seconds, only while statements that acquire locks are running. If a query fails, the watch ends
/// silently.
/// </remarks>
internal sealed class LockWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private const string HoldersQuery =
        """
        SELECT b.pid, b.usename::text, b.application_name, b.state,
          pg_catalog.to_char(pg_catalog.timezone('UTC', b.query_start), 'YYYY-MM-DD HH24:MI:SS "UTC"')
        FROM pg_catalog.pg_stat_activity a
          CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS blocker(pid)
          LEFT JOIN pg_catalog.pg_stat_activity b ON b.pid = blocker.pid
        WHERE a.pid = $1 AND a.wait_event_type = 'Lock'
        """;

    private readonly CancellationTokenSource stop = new();
    private readonly Task looking;

    private LockWatch(NpgsqlDataSource dataSource, int processId, TimeSpan interval, Action<string>? tell) =>
        looking = LookAsync(dataSource, processId, interval, tell, stop.Token);

    /// <summary>The holder of the lock in the last check that found one; null if none was found.</summary>
    public string? Holder { get; private set; }

    /// <summary>Starts the watch.</summary>
    /// <param name="dataSource">The server.</param>
    /// <param name="processId">The session's server process.</param>
    /// <param name="lockTimeout">Lock time-out of the session: the first check runs before it has passed. Zero for no limit.</param>
    /// <param name="tell">Called once for each holder; null for none.</param>
    public static LockWatch Start(NpgsqlDataSource dataSource, int processId, TimeSpan lockTimeout, Action<string>? tell)
    {
        TimeSpan interval = lockTimeout > TimeSpan.Zero && lockTimeout / 4 < Interval ? lockTimeout / 4 : Interval;
        return new LockWatch(dataSource, processId, interval < Shortest ? Shortest : interval, tell);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await looking.ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task LookAsync(
        NpgsqlDataSource dataSource, int processId, TimeSpan interval, Action<string>? tell, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(interval);
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                string? holder = await FindAsync(dataSource, processId, cancellationToken).ConfigureAwait(false);
                if (holder is null || holder == Holder) continue;
                Holder = holder;
                tell?.Invoke($"The load waits for a lock that others hold: {holder}.");
            }
        }
        catch (Exception error)
            when (error is OperationCanceledException or NpgsqlException or InvalidOperationException or IOException or TimeoutException
                or Dataflow.PipelineException)
        {
            // The load's own statements report what is wrong with the server.
        }
    }

    private static async Task<string?> FindAsync(NpgsqlDataSource dataSource, int processId, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await SessionStart.OpenAsync(dataSource, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var command =
                new NpgsqlCommand(HoldersQuery, connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = processId } } };
            await using (command.ConfigureAwait(false))
            {
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                var holders = new List<string>();
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        holders.Add(string.Create(CultureInfo.InvariantCulture,
                            $"process {reader.GetInt32(0)} ({Text(reader, 2)} of role {Text(reader, 1)}, {Text(reader, 3)}, last "
                                + $"statement begun at "
                                + $"{Text(reader, 4)})"));
                    }
                }

                return holders.Count == 0 ? null : string.Join("; ", holders.Distinct());
            }
        }
    }

    private static string Text(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) || reader.GetString(column).Length == 0 ? "not visible" : reader.GetString(column);
}
