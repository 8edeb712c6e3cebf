using System.Globalization;
using Npgsql;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// Looks at a database in a loop while others load, fail and are killed: each look is one statement, so it sees one moment. What the cursor
/// claims must be there, and what the bookkeeping tells must be what the tables hold.
/// </summary>
internal sealed class BackfillObserver : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Func<string> database;
    private readonly string query;
    private readonly Task looking;
    private volatile string? lie;
    private int looks;

    /// <summary>Begins to look.</summary>
    /// <param name="database">The connection string, which changes where the server is started anew.</param>
    /// <param name="latest">What latest_ingest_ledger is all the time; the history that is loaded ends before it.</param>
    public BackfillObserver(Func<string> database, uint latest)
    {
        this.database = database;
        IEnumerable<string> differences = HistoryTables.All.Select(
            table => $"coalesce((SELECT sum({table.Name}) FROM backfill_batches), 0) - (SELECT count(*) FROM {table.Name})");
        query = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            SELECT (SELECT count(*) FROM generate_series(
                (SELECT value::int FROM ingest_store WHERE key = 'oldest_ingest_ledger'), {latest - 1}) ledger
                WHERE NOT EXISTS (SELECT FROM transactions WHERE to_id >> 32 = ledger)),
              (SELECT value::int8 FROM ingest_store WHERE key = 'latest_ingest_ledger') - {latest},
              {string.Join(", ", differences)}
            """);
        looking = LookAsync();
    }

    /// <summary>Looks that saw all tables.</summary>
    public int Looks => Volatile.Read(ref looks);

    /// <summary>What was seen that must not be; null for nothing.</summary>
    public string? Lie => lie;

    /// <summary>Runs something that no look may see: TRUNCATE shows its emptiness to statements that began before it.</summary>
    public async Task ApartAsync(Func<Task> work)
    {
        await turn.WaitAsync();
        try
        {
            await work();
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await looking;
        stop.Dispose();
        turn.Dispose();
    }

    private async Task LookAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            await turn.WaitAsync();
            try
            {
                await LookOnceAsync();
            }
            catch (Exception error) when (error is NpgsqlException or IOException or InvalidOperationException)
            {
                // The server is away, or the tables are not made yet.
            }
            finally
            {
                turn.Release();
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task LookOnceAsync()
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database()) { ApplicationName = "observer", Pooling = false, Timeout = 5 }.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(query);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        Interlocked.Increment(ref looks);
        decimal[] values = [.. Enumerable.Range(0, reader.FieldCount).Select(
            column => Convert.ToDecimal(reader.GetValue(column), CultureInfo.InvariantCulture))];
        if (Array.TrueForAll(values, static value => value == 0)) return;
        lie ??= $"An observer saw: {values[0]} ledgers that the cursor claims are missing, latest_ingest_ledger is off by {values[1]}, "
            + $"rows noted and not there, by table: {string.Join(", ", values[2..])}.";
    }
}
