using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Creates missing partitions before a batch is written in place, in separate transactions.</summary>
/// <remarks>
/// A batch needs them if it was told to be written in place or comes from a stream, if a partition was dropped, or if another process works
/// on ledgers of the same partition. If that process is about to attach the partition, this waits until it has done so or failed. Not to be
/// called while a transaction is open that others of this run wait for. Safe for several callers at the same time.
/// </remarks>
/// <param name="choice">How wide partitions are, and where they begin.</param>
/// <param name="schema">The schema of the tables.</param>
/// <param name="database">Where partitions are created.</param>
/// <param name="lockTimeout">How long a statement waits for a lock.</param>
internal sealed class HistoryPartitions(BesideChoice choice, string schema, NpgsqlDataSource database, TimeSpan lockTimeout)
{
    // Other processes may create partitions of the same time; each time, the tables are looked at again.
    private const int Attempts = 3;

    private static readonly Query Missing = new(
        "partition.missing",
        "pg_class",
        $"""
        SELECT t.name, greatest($4, max(extract(epoch FROM p.upper)) FILTER (WHERE p.upper <= to_timestamp($3)))::int8,
          least($5, min(extract(epoch FROM p.lower)) FILTER (WHERE p.lower > to_timestamp($3)))::int8
        FROM unnest($2) t (name) LEFT JOIN ({BesideChoice.Bounds}) p ON p.relname = t.name
        GROUP BY t.name
        HAVING NOT bool_or(p.relname IS NOT NULL
          AND coalesce(p.lower, '-infinity') <= to_timestamp($3) AND coalesce(p.upper, 'infinity') > to_timestamp($3))
        ORDER BY t.name COLLATE "C"
        """);

    private readonly Lock gate = new();
    private readonly List<(long Start, long End)> ready = [];

    /// <summary>Creates an instance; null if the history tables need no partitions, or this role cannot create them.</summary>
    /// <param name="state">The database, with the schema of the tables.</param>
    /// <param name="database">Where partitions are created.</param>
    /// <param name="lockTimeout">How long a statement waits for a lock.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public static async Task<HistoryPartitions?> FindAsync(
        DatabaseState state, NpgsqlDataSource database, TimeSpan lockTimeout, CancellationToken cancellationToken) =>
        await BesideChoice.OfPartitionsAsync(state.Runner, state.Schema, cancellationToken).ConfigureAwait(false) is { } choice
            ? new HistoryPartitions(choice, state.Schema, database, lockTimeout)
            : null;

    /// <summary>Creates the partitions for the times of a batch in every history table that has none.</summary>
    /// <param name="first">Close time of its first ledger, in seconds since 1970.</param>
    /// <param name="last">Close time of its last ledger.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="DatabaseException">A partition could not be created: a right is missing, or a lock timed out.</exception>
    public async Task EnsureAsync(long first, long last, CancellationToken cancellationToken)
    {
        for (long time = first; time <= last; time = choice.IntervalOf(time).End)
        {
            if (IsReady(time)) continue;
            (long start, long end) = choice.IntervalOf(time);
            await MakeAsync(time, start, end, cancellationToken).ConfigureAwait(false);
            if (last < end && last > time) await MakeAsync(last, start, end, cancellationToken).ConfigureAwait(false);
            lock (gate) ready.Add((start, end));
        }
    }

    private bool IsReady(long time)
    {
        lock (gate) return ready.Exists(range => time >= range.Start && time < range.End);
    }

    private async Task MakeAsync(long time, long start, long end, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            List<(string Table, long Start, long End)> missing = await new QueryRunner(database, new QueryOptions { Schema = schema })
                .ListAsync(
                    Missing,
                    SqlValues.Of(schema, HistoryTables.Names, time, start, end),
                    static reader => (reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)), cancellationToken)
                .ConfigureAwait(false);
            if (missing.Count == 0) return;
            try
            {
                await CreateAsync(missing, cancellationToken).ConfigureAwait(false);
            }
            catch (DatabaseException error) when (attempt < Attempts && IsTaken(error.SqlState))
            {
                // Another process was faster.
            }
        }
    }

    private async Task CreateAsync(List<(string Table, long Start, long End)> missing, CancellationToken cancellationToken)
    {
        var settings = new LoadTransactionOptions { LockTimeout = lockTimeout * BesideTables.AttachPatience };
        LoadTransaction load = await LoadTransaction.OpenAsync(database, settings, cancellationToken).ConfigureAwait(false);
        await using (load.ConfigureAwait(false))
        {
            await load.EnterOriginAsync(cancellationToken).ConfigureAwait(false);
            await load.GuardAsync("Creating partitions", async () =>
            {
                var runner = new QueryRunner(load.Connection, load.RequireSchema(), leavesFailures: true);
                foreach ((string name, long start, long end) in missing)
                {
                    CopyTable table = HistoryTables.All.First(each => each.Name == name);
                    string partition = PartitionTable.NameOf(table, start, end);
                    await PartitionTable.CreateAsync(runner, load.RequireSchema(), table, partition, cancellationToken)
                        .ConfigureAwait(false);
                    await PartitionTable.AttachAsync(runner, table, partition, start, end, cancellationToken).ConfigureAwait(false);
                }
            }, cancellationToken).ConfigureAwait(false);
            await load.CommitAsync().ConfigureAwait(false);
        }
    }

    private static bool IsTaken(string? state) => state is PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject
        or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.InvalidObjectDefinition or PostgresErrorCodes.DeadlockDetected;
}
