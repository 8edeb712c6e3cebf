using System.Data;
using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Checks with the server how many rows a COPY stored.</summary>
/// <remarks>
/// <para>
/// The raw COPY stream of Npgsql returns no row count. Therefore the server's counter for the transaction,
/// pg_stat_get_xact_tuples_inserted, is read before and after, and the difference is compared (the absolute value may include rows of other
/// statements). Partitions and other children are included, because their rows are stored there.
/// </para>
/// <para>
/// The counter needs track_counts. If that is off and the role may not switch it on, the rows of this transaction are counted at the end by
/// one scan of each table (they are recognised by the system column xmin), which reads the whole table and needs SELECT on it.
/// </para>
/// </remarks>
internal sealed class RowCounter(LoadTransaction load)
{
    // 0: no limit in Npgsql. lock_timeout, which the transaction has set, limits locks.
    private const int NoTimeout = 0;

    private const string CounterSql =
        """
        WITH RECURSIVE tree(id) AS (SELECT $1::text::regclass::oid UNION ALL SELECT inhrelid FROM pg_inherits JOIN tree ON inhparent = id)
        SELECT coalesce(sum(pg_stat_get_xact_tuples_inserted(id)), 0)::bigint FROM tree
        """;

    private readonly Dictionary<CopyTable, ScannedTable> scanned = [];

    /// <summary>
    /// A query for the server's count of rows that this transaction updated in a table and its children. Only differences are meaningful.
    /// </summary>
    /// <param name="table">The table as SQL.</param>
    public static string UpdatesSql(string table) =>
        CounterSql.Replace("$1::text", ForeignKeys.SqlText.Literal(table), StringComparison.Ordinal).Replace(
            "tuples_inserted", "tuples_updated", StringComparison.Ordinal);

    /// <summary>Locks the batch's table against changes of its definition, as COPY does, and reads its counter; one round trip.</summary>
    public async Task<RowCount> LockAndCountAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            bool scan = !load.CountsRows && !scanned.ContainsKey(batch.Table);
            var commands = new NpgsqlBatch(load.Connection) { Timeout = NoTimeout };
            await using (commands.ConfigureAwait(false))
            {
                if (load.StageStatement($"copy {batch.Table.Name}") is { } stage)
                    commands.BatchCommands.Add(new NpgsqlBatchCommand(stage));
                // ONLY: children are locked one by one when COPY reaches them.
                commands.BatchCommands.Add(
                    new NpgsqlBatchCommand($"LOCK TABLE ONLY {load.Resolve(batch.Table).QualifiedName} IN ROW EXCLUSIVE MODE"));
                if (load.CountsRows)
                    commands.BatchCommands.Add(CounterCommand(batch.Table));
                else if (scan)
                    commands.BatchCommands.Add(new NpgsqlBatchCommand(ScanSql(batch.Table)));
                await load.Preparation.PrepareAsync(load.Connection, commands, cancellationToken).ConfigureAwait(false);
                long count = await FirstNumberAsync(commands, cancellationToken).ConfigureAwait(false);
                if (scan)
                    scanned.Add(batch.Table, new ScannedTable(count));
                return new RowCount(count);
            }
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
        {
            if (cancellationToken.IsCancellationRequested)
                DatabaseThrow.Cancelled(error, cancellationToken);

            // InvalidOperationException: an earlier statement of the load broke the connection. On an open connection it is a usage error,
            // not a failure of the database.
            if (error is NpgsqlException || !load.Connection.FullState.HasFlag(ConnectionState.Open))
                DatabaseThrow.CopyFailed(load.Server, batch, error);
            throw;
        }
    }

    /// <summary>Compares the counter after the COPY with the number of rows sent.</summary>
    /// <param name="batch">The batch that was sent.</param>
    /// <param name="before">The counter before it.</param>
    /// <param name="cancellationToken">Not watched. A failure after its cancellation counts as a cancellation, because the server's cancel
    /// may arrive after the COPY that it was meant for.</param>
    public async Task ConfirmAsync(RowBatch batch, RowCount before, CancellationToken cancellationToken)
    {
        if (!load.CountsRows)
        {
            scanned[batch.Table].Sent += batch.Rows;
            load.AwaitsConfirmation = true;
            return;
        }

        try
        {
            var commands = new NpgsqlBatch(load.Connection) { Timeout = NoTimeout, BatchCommands = { CounterCommand(batch.Table) } };
            await using (commands.ConfigureAwait(false))
            {
                await load.Preparation.PrepareAsync(load.Connection, commands, CancellationToken.None).ConfigureAwait(false);
                long stored = await FirstNumberAsync(commands, CancellationToken.None).ConfigureAwait(false) - before.Value;
                if (stored != batch.Rows)
                    DatabaseThrow.RowCountDiffers(load.Server, batch, stored);
            }
        }
        catch (NpgsqlException error)
        {
            if (cancellationToken.IsCancellationRequested)
                DatabaseThrow.Cancelled(error, cancellationToken);
            DatabaseThrow.CopyFailed(load.Server, batch, error);
        }
    }

    /// <summary>Scans the tables whose batches could not be confirmed one by one.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        foreach ((CopyTable table, ScannedTable counts) in scanned)
        {
            try
            {
                var commands =
                    new NpgsqlBatch(load.Connection) { Timeout = NoTimeout, BatchCommands = { new NpgsqlBatchCommand(ScanSql(table)) } };
                await using (commands.ConfigureAwait(false))
                {
                    long stored = await FirstNumberAsync(commands, cancellationToken).ConfigureAwait(false) - counts.Before;
                    if (stored != counts.Sent)
                        DatabaseThrow.TableCountDiffers(load.Server, table, counts.Sent, stored);
                }
            }
            catch (NpgsqlException error)
            {
                DatabaseThrow.Failed($"Counting the rows of table {table}", load.Server, error);
            }
        }

        load.AwaitsConfirmation = false;
    }

    private NpgsqlBatchCommand CounterCommand(CopyTable table) =>
        new(CounterSql) { Parameters = { new NpgsqlParameter<string> { TypedValue = load.Resolve(table).QualifiedName } } };

    private string ScanSql(CopyTable table) =>
        $"SELECT count(*) FROM {load.Resolve(table).QualifiedName} WHERE xmin = pg_current_xact_id()::xid";

    /// <summary>The number in the first result with rows; 0 if there is none.</summary>
    private static async Task<long> FirstNumberAsync(NpgsqlBatch commands, CancellationToken cancellationToken)
    {
        NpgsqlDataReader reader = await commands.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
            return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetInt64(0) : 0;
    }

    private sealed class ScannedTable(long before)
    {
        public long Before { get; } = before;

        public long Sent { get; set; }
    }
}
