using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres;

/// <summary>A whole load as one stage for a TPL Dataflow graph of the caller's: pages of rows go in, one committed transaction comes out.</summary>
/// <remarks>
/// <para>
/// <see cref="OpenAsync"/> plans the foreign keys, begins the transaction and readies it; then add each producer of pages with <see cref="LinkFrom"/> or
/// <see cref="AddProducer"/>, or end a <see cref="Dataflow.StageGraph"/> here; then await <see cref="CommitAsync"/>, which waits for the good end of every producer,
/// sends what is open parents first, proves the foreign keys and commits.
/// </para>
/// <para>Order: pages of any table in any order, but where the plan chose <c>ordered</c> a page's parents must have come before it.</para>
/// <para>
/// Producers are counted: the load ends when the last one has, and fails when one fails, is cancelled or goes away. There is no bare target block to link to, because
/// such a block cannot tell two producers from one, nor a cancelled one from one that is done.
/// </para>
/// <para>
/// Failure: the transaction is rolled back at once, <see cref="Token"/> is cancelled, and pages that still come are taken and given back to their pool, so that no
/// producer waits for ever; <see cref="CommitAsync"/> throws the first error. Nothing is visible before COMMIT.
/// </para>
/// <para>One connection, one transaction, one load. Producers may work on any threads, and what can be read may be read from any thread at any time.</para>
/// </remarks>
public sealed partial class CopyStage : IAsyncDisposable
{
    private readonly LoadTransaction load;
    private readonly ForeignKeyLoad keys;
    private readonly CopySink sink;
    private readonly RowAccumulator accumulator;
    private readonly CopyStageOptions options;
    private readonly IReadOnlyList<CopyTable> parentsFirst;
    private readonly Dictionary<CopyTable, QualifiedName> names;

    private CopyStage(LoadTransaction load, ForeignKeyLoad keys, IReadOnlyList<CopyTable> tables, IReadOnlyList<QualifiedName> resolved, CopyStageOptions options, CancellationToken cancellationToken)
    {
        this.load = load;
        this.keys = keys;
        this.options = options;
        names = tables.Zip(resolved).ToDictionary(pair => pair.First, pair => pair.Second);
        var order = keys.Plan.Graph.LoadOrder.ToList();
        parentsFirst = [.. tables.OrderBy(table => order.IndexOf(names[table]))];
        sink = new CopySink(load, options.Sink);
        accumulator = new RowAccumulator(options.Accumulator);
        queue = new PageQueue(options.InputPages, TakeAsync, ProducerFailed);
        openToken = cancellationToken;
        Token = stop.Token;
        cancelling = cancellationToken.UnsafeRegister(static stage => ((CopyStage)stage!).Cancel(((CopyStage)stage).openToken), this);
    }

    /// <summary>How the foreign keys are kept, and why.</summary>
    public ForeignKeyPlan Plan => keys.Plan;

    /// <summary>Rows, bytes and batches per table that the server has confirmed: a snapshot, safe to take from any thread. Complete after <see cref="CommitAsync"/>.</summary>
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

    /// <summary>Waits for the end of all producers, sends what is open, proves the foreign keys and commits. No producer can be added from here on.</summary>
    /// <param name="cancellationToken">Stops the stage, a COPY that runs included, as the token of <see cref="OpenAsync"/> does; not the COMMIT itself.</param>
    /// <returns>How the commit is known.</returns>
    /// <exception cref="DatabaseException">The server refused a batch, or the commit; or a producer was cancelled or went away.</exception>
    /// <exception cref="ForeignKeyViolationException">Rows refer to rows that do not exist; nothing was committed.</exception>
    /// <exception cref="OperationCanceledException">A token of the caller's was cancelled, or the stage was disposed; nothing was committed.</exception>
    /// <exception cref="InvalidOperationException">There is no producer, or this was called before.</exception>
    /// <remarks>
    /// When a producer failed, its own error is thrown. After a failure this waits for the producers to end, so that their pages are back in their pool, but no longer
    /// than <see cref="CopyStageOptions.DrainLimit"/>.
    /// </remarks>
    public async Task<CommitOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref commits, 1) != 0) DatabaseThrow.TransactionEnded();
        commitToken = cancellationToken;
        CancellationTokenRegistration stopping = cancellationToken.UnsafeRegister(static (stage, token) => ((CopyStage)stage!).Cancel(token), this);
        await using (stopping.ConfigureAwait(false))
        {
            if (Volatile.Read(ref failure) is null) queue.Close();
            await Task.WhenAny(queue.Completion, Failure).ConfigureAwait(false);
            CommitOutcome outcome = CommitOutcome.Answered;
            await InTurnAsync(async () => outcome = await FinishAsync().ConfigureAwait(false)).ConfigureAwait(false);
            if (!isCommitted) await ThrowFailureAsync().ConfigureAwait(false);
            return outcome;
        }
    }

    /// <summary>Rolls back what was not committed and gives the connection back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposals, 1) != 0) return;
        if (!isCommitted) Fail(new OperationCanceledException("The load was disposed of before it was committed; nothing of its transaction was stored."));
        queue.Drain();
        await RollbackAsync().ConfigureAwait(false);

        // Pages that still waited are given back by this.
        await queue.Completion.ConfigureAwait(false);
        await cancelling.DisposeAsync().ConfigureAwait(false);
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

    /// <summary>The last statements of the load, in turn.</summary>
    private async Task<CommitOutcome> FinishAsync()
    {
        await SendAllAsync(accumulator.Drain(parentsFirst), Token).ConfigureAwait(false);
        await sink.CompleteAsync(Token).ConfigureAwait(false);
        await keys.Strategy.AfterLoadAsync(load.Connection, Token).ConfigureAwait(false);
        BeginCommit();
        CommitOutcome outcome = await load.CommitAsync().ConfigureAwait(false);
        isCommitted = true;
        return outcome;
    }

    /// <summary>Takes over one page: into the open batches, or back into its pool when the load has failed.</summary>
    private Task TakeAsync(RowPage page) => InTurnAsync(
        () =>
        {
            if (!names.ContainsKey(page.Table)) DatabaseThrow.TableNotOfLoad(page.Table);
            return SendAllAsync(accumulator.Append(page), Token);
        },
        page);

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
