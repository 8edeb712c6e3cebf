using System.Threading.Tasks.Dataflow;
using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres;

/// <summary>A whole load as one stage for a TPL Dataflow graph of the caller's: pages of rows go in, one committed transaction comes out.</summary>
/// <remarks>
/// <para>
/// <see cref="OpenAsync"/> plans the foreign keys, begins the transaction and readies it; link a block that makes <see cref="RowPage"/>s to <see cref="Input"/> with PropagateCompletion;
/// then await <see cref="CommitAsync"/>, which waits for the last page, sends what is open parents first, proves the foreign keys and commits.
/// </para>
/// <para>Order: pages of any table in any order, but where the plan chose <c>ordered</c> a page's parents must have come before it.</para>
/// <para>Failure: the stage faults, which the blocks before it see as declined input; <see cref="CommitAsync"/> throws the first error, and disposing rolls back. Nothing is visible before COMMIT. Pages that still wait in front are dropped.</para>
/// <para>One connection, one transaction, one load: not thread-safe but for <see cref="Input"/>.</para>
/// </remarks>
public sealed class CopyStage : IAsyncDisposable
{
    private readonly LoadTransaction load;
    private readonly ForeignKeyLoad keys;
    private readonly CopySink sink;
    private readonly RowAccumulator accumulator;
    private readonly ActionBlock<RowPage> input;
    private readonly IReadOnlyList<CopyTable> parentsFirst;
    private readonly Dictionary<CopyTable, QualifiedName> names;
    private readonly CancellationTokenSource stop;
    private bool disposed;

    private CopyStage(LoadTransaction load, ForeignKeyLoad keys, IReadOnlyList<CopyTable> tables, IReadOnlyList<QualifiedName> resolved, CopyStageOptions options, CancellationToken cancellationToken)
    {
        this.load = load;
        this.keys = keys;
        names = tables.Zip(resolved).ToDictionary(pair => pair.First, pair => pair.Second);
        var order = keys.Plan.Graph.LoadOrder.ToList();
        parentsFirst = [.. tables.OrderBy(table => order.IndexOf(names[table]))];
        sink = new CopySink(load, options.Sink);
        accumulator = new RowAccumulator(options.Accumulator);
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        input = new ActionBlock<RowPage>(TakeAsync, new ExecutionDataflowBlockOptions
        {
            BoundedCapacity = options.InputPages,
            MaxDegreeOfParallelism = 1,
            MaxMessagesPerTask = DataflowBlockOptions.Unbounded,
            EnsureOrdered = true,
            CancellationToken = stop.Token,
        });
    }

    /// <summary>Where pages go. Bounded: a block that is linked here waits while the database is behind.</summary>
    public ITargetBlock<RowPage> Input => input;

    /// <summary>How the foreign keys are kept, and why.</summary>
    public ForeignKeyPlan Plan => keys.Plan;

    /// <summary>Rows, bytes and batches per table that the server has confirmed. Complete after <see cref="CommitAsync"/>.</summary>
    public IReadOnlyCollection<CopyCounters> Counters => sink.Counters;

    /// <summary>Plans the foreign keys of the tables and opens the load's transaction.</summary>
    /// <param name="database">Where the rows go; stays the caller's.</param>
    /// <param name="tables">Every table that pages will be sent for.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the stage at any time; the load is then rolled back.</param>
    /// <exception cref="DatabaseException">No connection, or a setting or lock was refused.</exception>
    /// <exception cref="ForeignKeyException">The load is refused; the message holds the SQL that would make it possible.</exception>
    public static async Task<CopyStage> OpenAsync(NpgsqlDataSource database, IReadOnlyList<CopyTable> tables, CopyStageOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tables);
        options ??= new CopyStageOptions();
        LoadTransaction load = await LoadTransaction.OpenAsync(database, options.Transaction, cancellationToken).ConfigureAwait(false);
        try
        {
            ForeignKeyLoad keys = await ForeignKeyLoad.PrepareAsync(load.Connection, tables.Select(table => load.Resolve(table).QualifiedName), options.ForeignKeys, options.Audit, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<QualifiedName> resolved = await ResolveAsync(load, tables, cancellationToken).ConfigureAwait(false);
            await keys.Strategy.BeforeLoadAsync(load.Connection, cancellationToken).ConfigureAwait(false);
            return new CopyStage(load, keys, tables, resolved, options, cancellationToken);
        }
        catch
        {
            await load.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits for the end of the input, sends what is open, proves the foreign keys and commits.</summary>
    /// <param name="cancellationToken">Stops the stage, a COPY that runs included, as the token of <see cref="OpenAsync"/> does; not the COMMIT itself.</param>
    /// <returns>How the commit is known.</returns>
    /// <exception cref="DatabaseException">The server refused a batch, or the commit.</exception>
    /// <exception cref="ForeignKeyViolationException">Rows refer to rows that do not exist; nothing was committed.</exception>
    public async Task<CommitOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        CancellationTokenRegistration stopping = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stop);
        await using (stopping.ConfigureAwait(false))
        {
            await input.Completion.ConfigureAwait(false);
            await SendAllAsync(accumulator.Drain(parentsFirst), stop.Token).ConfigureAwait(false);
            await sink.CompleteAsync(stop.Token).ConfigureAwait(false);
            await keys.Strategy.AfterLoadAsync(load.Connection, stop.Token).ConfigureAwait(false);
        }

        stop.Token.ThrowIfCancellationRequested();
        return await load.CommitAsync().ConfigureAwait(false);
    }

    /// <summary>Rolls back what was not committed and gives the connection back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed) return;
        disposed = true;

        // A graph that was abandoned may still feed the block: it must have ended before its connection goes.
        await stop.CancelAsync().ConfigureAwait(false);
        input.Complete();
        await Task.WhenAny(input.Completion).ConfigureAwait(false);
        accumulator.Dispose();
        await load.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    private static async Task<IReadOnlyList<QualifiedName>> ResolveAsync(LoadTransaction load, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken)
    {
        const string Query = "SELECT n.nspname, c.relname FROM unnest($1::text[]) WITH ORDINALITY AS t(name, position) JOIN pg_class c ON c.oid = to_regclass(t.name) JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY position";
        var command = new NpgsqlCommand(Query, load.Connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. tables.Select(table => load.Resolve(table).QualifiedName)] } } };
        await using (command.ConfigureAwait(false))
        {
            var names = new List<QualifiedName>();
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) names.Add(new QualifiedName(reader.GetString(0), reader.GetString(1)));
            }

            return names;
        }
    }

    private Task TakeAsync(RowPage page) => SendAllAsync(accumulator.Append(page), stop.Token);

    /// <summary>Sends closed batches; those that are not sent because one failed give their memory back all the same.</summary>
    private async Task SendAllAsync(IReadOnlyList<RowBatch> batches, CancellationToken cancellationToken)
    {
        try
        {
            foreach (RowBatch batch in batches) await SendAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (RowBatch batch in batches) batch.Dispose();
        }
    }

    /// <summary>Sends one batch; where PostgreSQL checks rows as they come, the open rows of its parents go first.</summary>
    private async Task SendAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        foreach (QualifiedName parent in keys.Plan.TablesBefore(names[batch.Table]))
        {
            CopyTable? table = parentsFirst.FirstOrDefault(candidate => names[candidate] == parent);
            if (table is not null && accumulator.Close(table) is { } open) await CopyAsync(open, cancellationToken).ConfigureAwait(false);
        }

        await CopyAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    private async Task CopyAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            await keys.Strategy.BeforeBatchAsync(load.Connection, names[batch.Table], cancellationToken).ConfigureAwait(false);
            await sink.CopyAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }
}
