using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Creates partitions for ledgers that are written in place, before their batch begins, in separate transactions.</summary>
/// <remarks>
/// Attaching a partition takes a lock that blocks no reader or writer; creating it in its place would wait for every open batch. A
/// partition that another process creates meanwhile is as good. Safe for several callers at the same time.
/// </remarks>
internal sealed class HistoryPartitions
{
    private readonly NpgsqlDataSource database;
    private readonly string schema;
    private readonly TimeSpan lockTimeout;

    private HistoryPartitions(BesideChoice choice, NpgsqlDataSource database, string schema, TimeSpan lockTimeout)
    {
        Choice = choice;
        this.database = database;
        this.schema = schema;
        this.lockTimeout = lockTimeout;
    }

    /// <summary>The time ranges of partitions.</summary>
    public BesideChoice Choice { get; }

    /// <summary>Creates an instance; null if the history tables need no partitions, or this role cannot create them.</summary>
    public static async Task<HistoryPartitions?> CreateAsync(
        DatabaseState state, NpgsqlDataSource database, TimeSpan lockTimeout, CancellationToken cancellationToken) =>
        await BesideChoice.OfPartitionsAsync(state.Runner, state.Schema, cancellationToken).ConfigureAwait(false) is { } choice
            ? new HistoryPartitions(choice, database, state.Schema, lockTimeout)
            : null;

    /// <summary>Creates the partitions that a range of times lacks.</summary>
    /// <param name="first">Close time of the first ledger, in seconds since 1970.</param>
    /// <param name="last">Close time of the last ledger, in seconds since 1970.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    /// <exception cref="DatabaseException">A partition could not be created.</exception>
    public async Task EnsureAsync(long first, long last, CancellationToken cancellationToken)
    {
        (long start, long end) = Choice.IntervalOf(first);
        for (; start <= last; (start, end) = (end, end + (end - start)))
        {
            if (await IsThereAsync(start, end, cancellationToken).ConfigureAwait(false)) continue;
            try
            {
                await MakeAsync(start, end, cancellationToken).ConfigureAwait(false);
            }
            catch (DatabaseException)
            {
                if (!await IsThereAsync(start, end, cancellationToken).ConfigureAwait(false)) throw;
            }
        }
    }

    private Task<bool> IsThereAsync(long start, long end, CancellationToken cancellationToken) => Choice.IsTakenAsync(
        new QueryRunner(database, new QueryOptions { Schema = schema }), schema, start, end, cancellationToken);

    private async Task MakeAsync(long start, long end, CancellationToken cancellationToken)
    {
        LoadTransaction load = await LoadTransaction.OpenAsync(
            database, new LoadTransactionOptions { LockTimeout = lockTimeout }, cancellationToken).ConfigureAwait(false);
        await using (load.ConfigureAwait(false))
        {
            await load.EnterOriginAsync(cancellationToken).ConfigureAwait(false);
            await load.GuardAsync("Creating partitions", async () =>
            {
                var runner = new QueryRunner(load.Connection, load.RequireSchema(), leavesFailures: true);
                foreach (CopyTable table in HistoryTables.All)
                {
                    string parent = $"{{schema}}.{CopyTable.Quote(table.Name)}";
                    string partition = $"{{schema}}.{CopyTable.Quote(BesideTables.PartitionName(table, start, end))}";
                    await RunAsync($"CREATE TABLE {partition} (LIKE {parent} INCLUDING ALL)").ConfigureAwait(false);
                    await RunAsync($"ALTER TABLE {parent} ATTACH PARTITION {partition} {BesideTables.Bounds(start, end)}")
                        .ConfigureAwait(false);

                    Task RunAsync(string statement) =>
                        runner.ExecuteAsync(new Query("partitions.make", table.Name, statement), [], cancellationToken);
                }
            }, cancellationToken).ConfigureAwait(false);
            await load.CommitAsync().ConfigureAwait(false);
        }
    }
}
