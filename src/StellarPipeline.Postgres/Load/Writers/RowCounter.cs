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
    private const string CountersSql =
        """
        SELECT (
          WITH RECURSIVE tree(id) AS (SELECT n.name::regclass::oid UNION ALL SELECT inhrelid FROM pg_inherits JOIN tree ON inhparent = id)
          SELECT coalesce(sum(pg_stat_get_xact_tuples_inserted(id)), 0)::bigint FROM tree)
        FROM unnest($1::text[]) WITH ORDINALITY AS n(name, position) ORDER BY position
        """;

    private readonly Dictionary<CopyTable, ScannedTable> scanned = [];

    /// <summary>
    /// A query for the server's count of rows that this transaction updated in a table and its children. Only differences are meaningful.
    /// </summary>
    /// <param name="table">The table as SQL.</param>
    public static string UpdatesSql(string table) =>
        CountersSql.Replace("$1::text[]", $"ARRAY[{ForeignKeys.SqlText.Literal(table)}]", StringComparison.Ordinal).Replace(
            "tuples_inserted", "tuples_updated", StringComparison.Ordinal);

    /// <summary>
    /// Locks the tables of batches against changes of their definitions, as COPY does, and reads their counters; one round trip.
    /// </summary>
    /// <param name="batches">The batches, each of another table.</param>
    /// <param name="cancellationToken">Ends the wait for a lock.</param>
    /// <returns>The counter of each batch's table; zeros if the server does not count.</returns>
    public async Task<long[]> LockAndCountAsync(IReadOnlyList<RowBatch> batches, CancellationToken cancellationToken)
    {
        try
        {
            CopyTable[] toScan =
                load.CountsRows ? [] : [.. batches.Select(batch => batch.Table).Where(table => !scanned.ContainsKey(table))];
            load.AnnounceStage(
                batches.Count == 1 ? $"copy {batches[0].Table.Name}" : $"copy {batches[0].Table.Name} and {batches.Count - 1} more");
            NpgsqlBatch commands = load.NewBatch();
            await using (commands.ConfigureAwait(false))
            {
                // ONLY: children are locked one by one when COPY reaches them.
                string tables = string.Join(", ", batches.Select(batch => $"ONLY {load.Resolve(batch.Table).QualifiedName}"));
                commands.BatchCommands.Add(new NpgsqlBatchCommand($"LOCK TABLE {tables} IN ROW EXCLUSIVE MODE"));
                if (load.CountsRows)
                    commands.BatchCommands.Add(CounterCommand(batches));
                foreach (CopyTable table in toScan) commands.BatchCommands.Add(new NpgsqlBatchCommand(ScanSql(table)));
                await load.Preparation.PrepareAsync(load.Connection, commands, cancellationToken).ConfigureAwait(false);
                if (load.CountsRows) return await NumbersAsync(commands, batches.Count, cancellationToken).ConfigureAwait(false);
                long[] counts = await NumbersAsync(commands, toScan.Length, cancellationToken).ConfigureAwait(false);
                for (int table = 0; table < counts.Length; table++) scanned.Add(toScan[table], new ScannedTable(counts[table]));
                return new long[batches.Count];
            }
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
        {
            if (cancellationToken.IsCancellationRequested)
                DatabaseThrow.Cancelled(error, cancellationToken);

            // InvalidOperationException: an earlier statement of the load broke the connection. On an open connection it is a usage error,
            // not a failure of the database.
            if (error is NpgsqlException || !load.Connection.FullState.HasFlag(ConnectionState.Open))
                DatabaseThrow.CopyFailed(load.Server, batches[0], error);
            throw;
        }
    }

    /// <summary>Compares the counters after COPYs with the numbers of rows sent; one round trip.</summary>
    /// <param name="batches">The batches that were sent.</param>
    /// <param name="before">Their counters before.</param>
    /// <param name="cancellationToken">Not watched. A failure after its cancellation counts as a cancellation, because the server's cancel
    /// may arrive after the COPY that it was meant for.</param>
    public async Task ConfirmAsync(IReadOnlyList<RowBatch> batches, long[] before, CancellationToken cancellationToken)
    {
        if (!load.CountsRows)
        {
            foreach (RowBatch batch in batches) scanned[batch.Table].Sent += batch.Rows;
            load.AwaitsConfirmation = true;
            return;
        }

        try
        {
            NpgsqlBatch commands = load.NewBatch();
            commands.BatchCommands.Add(CounterCommand(batches));
            await using (commands.ConfigureAwait(false))
            {
                await load.Preparation.PrepareAsync(load.Connection, commands, CancellationToken.None).ConfigureAwait(false);
                long[] after = await NumbersAsync(commands, batches.Count, CancellationToken.None).ConfigureAwait(false);
                for (int batch = 0; batch < after.Length; batch++)
                {
                    if (after[batch] - before[batch] != batches[batch].Rows)
                        DatabaseThrow.RowCountDiffers(load.Server, batches[batch], after[batch] - before[batch]);
                }
            }
        }
        catch (NpgsqlException error)
        {
            if (cancellationToken.IsCancellationRequested)
                DatabaseThrow.Cancelled(error, cancellationToken);
            DatabaseThrow.CopyFailed(load.Server, batches[0], error);
        }
    }

    /// <summary>Scans the tables whose batches could not be confirmed one by one.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        foreach ((CopyTable table, ScannedTable counts) in scanned)
        {
            try
            {
                NpgsqlBatch commands = load.NewBatch();
                commands.BatchCommands.Add(new NpgsqlBatchCommand(ScanSql(table)));
                await using (commands.ConfigureAwait(false))
                {
                    long stored = (await NumbersAsync(commands, 1, cancellationToken).ConfigureAwait(false))[0] - counts.Before;
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

    private NpgsqlBatchCommand CounterCommand(IReadOnlyList<RowBatch> batches) => new(CountersSql)
    {
        Parameters =
        {
            new NpgsqlParameter<string[]> { TypedValue = [.. batches.Select(batch => load.Resolve(batch.Table).QualifiedName)] },
        },
    };

    private string ScanSql(CopyTable table) =>
        $"SELECT count(*) FROM {load.Resolve(table).QualifiedName} WHERE xmin = pg_current_xact_id()::xid";

    /// <summary>Reads numbers, one in each row, from one result or several.</summary>
    private static async Task<long[]> NumbersAsync(NpgsqlBatch commands, int count, CancellationToken cancellationToken)
    {
        long[] numbers = new long[count];
        NpgsqlDataReader reader = await commands.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            for (int read = 0; read < count; read++)
            {
                // A missing number stays 0, and so differs from the rows that were sent.
                while (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (!await reader.NextResultAsync(cancellationToken).ConfigureAwait(false)) return numbers;
                }

                numbers[read] = reader.GetInt64(0);
            }
        }

        return numbers;
    }

    private sealed class ScannedTable(long before)
    {
        public long Before { get; } = before;

        public long Sent { get; set; }
    }
}
