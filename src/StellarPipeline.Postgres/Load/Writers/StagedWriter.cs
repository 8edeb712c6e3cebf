using System.Data;
using System.Diagnostics;
using System.Globalization;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>
/// Writes rows that may have the same key as existing rows: stages a batch with one binary COPY in a temporary table, then moves it with
/// one statement.
/// </summary>
/// <remarks>
/// <para>A small batch is passed in the statement itself, as arrays: see <see cref="ArrayRows"/> for the conditions, and
/// <see cref="BatchWriterOptions.MaxArrayRows"/> for the reasons.</para>
/// <para>Input: batches of any table, one at a time. Output: rows in the transaction, with the server's counts of what happened to them.
/// The pages of a batch are returned as they are sent.</para>
/// <para>Order: rows are applied in the order of their key, whatever the order of the batch, so that sessions that write the same rows do
/// not deadlock.</para>
/// <para>Failure: the transaction can no longer be committed; the first error is thrown with table, batch and rows, and the row where
/// PostgreSQL names one.</para>
/// <para>
/// Planner: a staging table has no statistics, and PostgreSQL estimates its size from its file. The statements need no better estimate:
/// staged rows are sorted, and rows of the table are found by key.
/// </para>
/// </remarks>
internal abstract class StagedWriter : IBatchWriter
{
    private readonly LoadTransaction load;
    private readonly BatchWriterOptions options;
    private readonly bool hasMarker;
    private readonly PageCopy copy;
    private readonly ColumnTypes types;
    private readonly CounterBoard board = new();
    private readonly Dictionary<string, TableState> known = [];
    private readonly Dictionary<CopyTable, StagedTable> staged = [];

    private protected StagedWriter(LoadTransaction load, BatchWriterOptions options, bool hasMarker)
    {
        this.load = load;
        this.options = options;
        this.hasMarker = hasMarker;
        copy = new PageCopy(load, options.Copy);
        types = new ColumnTypes(load);
    }

    /// <inheritdoc />
    public IReadOnlyCollection<CopyCounters> Counters => board.Counters;

    /// <inheritdoc />
    public void Know(IEnumerable<TableState> states)
    {
        ArgumentNullException.ThrowIfNull(states);
        foreach (TableState state in states)
            known[load.Resolve(state.Table).QualifiedName] = state;
    }

    /// <inheritdoc />
    public async Task WriteAsync(RowBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long started = Stopwatch.GetTimestamp();
        using Activity? activity = PostgresTelemetry.StartBatch(batch);
        try
        {
            load.ThrowIfNotUsable();
            cancellationToken.ThrowIfCancellationRequested();
            StagedTable table = await FindAsync(batch, cancellationToken).ConfigureAwait(false);
            NpgsqlParameter[]? arrays = batch.Rows <= options.MaxArrayRows && table.RowsOfArrays is not null
                ? ArrayRows.TryMake(batch, table.PageColumns, table.RefusesNull)
                : null;
            if (arrays is null)
            {
                await RunAsync(batch, [table.IsMade ? table.TruncateCommand : table.CreateCommand], cancellationToken).ConfigureAwait(
                    false);
                table.IsMade = true;
                await copy.RunAsync(batch, table.CopyCommand, table.StageName, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                GiveBack(batch);
            }

            RowOutcome outcome =
                await GuardAsync(batch, () => MoveAsync(batch, table, arrays, cancellationToken), cancellationToken).ConfigureAwait(false);
            TimeSpan busy = Stopwatch.GetElapsedTime(started);
            load.CountRows(batch.Table, outcome.Inserted + outcome.Updated + outcome.Deleted);
            PostgresTelemetry.CountBatch(batch, busy);
            board.Add(batch, outcome, busy);
        }
        catch (Exception error)
        {
            Telemetry.Fail(activity, error);
            PostgresTelemetry.CountFailedBatch(batch, Stopwatch.GetElapsedTime(started), error);
            load.Fail(error);
            throw;
        }
        finally
        {
            batch.Dispose();
        }
    }

    /// <inheritdoc />
    /// <remarks>Every batch was confirmed when it was written.</remarks>
    public Task CompleteAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <summary>The statement that moves staged rows into their table; its one row is a <see cref="WriteAnswer"/>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows, as SQL to use after WITH … AS.</param>
    internal abstract string Statement(StagedTable table, string rows);

    /// <summary>
    /// A query for the number of rows that were not written as they should be, which only triggers can cause; null if the answer is already
    /// conclusive.
    /// </summary>
    internal abstract string? Doubt(StagedTable table, in WriteAnswer answer);

    /// <summary>
    /// The layout of the batch's table. At its first batch the table is locked against changes of its definition and read.
    /// </summary>
    private async Task<StagedTable> FindAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        CopyTable target = load.Resolve(batch.Table);
        if (!staged.TryGetValue(target, out StagedTable? table))
        {
            if (!known.TryGetValue(target.QualifiedName, out TableState? state))
            {
                // ONLY: children are locked one by one when rows reach them.
                await RunAsync(batch, [$"LOCK TABLE ONLY {target.QualifiedName} IN ROW EXCLUSIVE MODE"], cancellationToken).ConfigureAwait(
                    false);
                state = (await TableInspector.ReadAsync(load.Connection, [target], cancellationToken).ConfigureAwait(false))[0];
            }

            string name = string.Create(CultureInfo.InvariantCulture, $"pipeline_stage_{load.TransactionId}_{load.NextStagingTable()}");
            table = new StagedTable(target, state, Rules(target), hasMarker, name, load.Server);
            types.Know([state with { Table = target }]);
            staged.Add(target, table);
        }

        await types.CheckAsync(batch, cancellationToken).ConfigureAwait(false);
        return table;
    }

    /// <summary>Returns the pages before the statement runs: the arrays contain all rows.</summary>
    private void GiveBack(RowBatch batch)
    {
        foreach (RowPage page in batch.Pages)
        {
            page.Dispose();
            options.Copy.PageSent?.Invoke(page);
        }
    }

    private TableWriteRules Rules(CopyTable table) =>
        options.Tables.TryGetValue(table.ToString(), out TableWriteRules? rules) || options.Tables.TryGetValue(table.Name, out rules)
            ? rules
            : new TableWriteRules();

    private Task<int> RunAsync(RowBatch batch, IEnumerable<string> statements, CancellationToken cancellationToken) =>
        GuardAsync(batch, async () =>
        {
            NpgsqlBatch commands = Commands(batch, statements);
            await using (commands.ConfigureAwait(false))
                return await commands.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }, cancellationToken);

    /// <summary>Runs the statement and accounts for every row.</summary>
    private async Task<RowOutcome> MoveAsync(
        RowBatch batch, StagedTable table, NpgsqlParameter[]? arrays, CancellationToken cancellationToken)
    {
        WriteAnswer answer = await AnswerAsync(batch, table, arrays, cancellationToken).ConfigureAwait(false);
        if (answer.Staged != batch.Rows)
            DatabaseThrow.RowCountDiffers(load.Server, batch, answer.Staged);

        // Without such triggers, a statement that PostgreSQL did not refuse has written every row.
        if (table.HasRowTriggers && Doubt(table, answer) is { } query)
        {
            long missing = await ForeignKeys.Sql.ScalarAsync<long>(load.Connection, query, cancellationToken).ConfigureAwait(false);
            if (missing != 0)
                DatabaseThrow.RowsDropped(load.Server, batch, missing);
        }

        long inserted = answer.New ?? answer.Written;
        return new RowOutcome(inserted, answer.Written - inserted, answer.Deleted, answer.Staged - answer.Written - answer.Gone,
            answer.Gone - answer.Deleted);
    }

    private async Task<WriteAnswer> AnswerAsync(
        RowBatch batch, StagedTable table, NpgsqlParameter[]? arrays, CancellationToken cancellationToken)
    {
        // Rows that are routed to another relation do not show whether they are new; the server's count of updates does.
        bool asksCounter = !table.ShowsNewRows && load.CountsRows && table.Updated.Count > 0;
        string counter = RowCounter.UpdatesSql(table.TargetName);
        string statement = Statement(table, arrays is null ? table.RowsOfStage : table.RowsOfArrays!);
        List<string> statements = asksCounter ? [counter, statement, counter] : [statement];
        NpgsqlBatch commands = Commands(batch, statements);
        int first = commands.BatchCommands.Count - statements.Count;
        commands.BatchCommands[first + statements.IndexOf(statement)].Parameters.AddRange(arrays ?? []);
        await using (commands.ConfigureAwait(false))
        {
            // The statement over a staging table names a table of this transaction alone.
            if (arrays is not null) await load.Preparation.PrepareAsync(load.Connection, commands, cancellationToken).ConfigureAwait(false);
            NpgsqlDataReader reader = await commands.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                long before = asksCounter ? await NumberAsync(reader, cancellationToken).ConfigureAwait(false) : 0;
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                bool isSplit = !await reader.IsDBNullAsync(3, cancellationToken).ConfigureAwait(false);
                var answer = new WriteAnswer(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2),
                    isSplit ? reader.GetInt64(3) : null, reader.GetInt64(4), reader.GetInt64(5));
                if (!asksCounter || !await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
                    return answer;
                long updated = await NumberAsync(reader, cancellationToken).ConfigureAwait(false) - before;
                return answer with { New = answer.Written - Math.Clamp(updated, 0, answer.Written) };
            }
        }
    }

    /// <summary>Reads the number of a result and moves on to the next result.</summary>
    private static async Task<long> NumberAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        long number = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return number;
    }

    private NpgsqlBatch Commands(RowBatch batch, IEnumerable<string> statements)
    {
        load.AnnounceStage($"write {batch.Table.Name}");
        NpgsqlBatch commands = load.NewBatch();
        foreach (string statement in statements)
            commands.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        return commands;
    }

    /// <summary>Runs statements for a batch; errors of the server or the network name the batch.</summary>
    private async Task<T> GuardAsync<T>(RowBatch batch, Func<Task<T>> statements, CancellationToken cancellationToken)
    {
        try
        {
            return await statements().ConfigureAwait(false);
        }
        catch (Exception error) when (error is NpgsqlException or IOException or InvalidOperationException)
        {
            if (cancellationToken.IsCancellationRequested)
                DatabaseThrow.Cancelled(error, cancellationToken);

            // InvalidOperationException: an earlier statement of the load broke the connection. On an open connection it is a usage error,
            // not a failure of the database.
            if (error is not InvalidOperationException || !load.Connection.FullState.HasFlag(ConnectionState.Open))
                DatabaseThrow.CopyFailed(load.Server, batch, error);
            throw;
        }
    }
}
