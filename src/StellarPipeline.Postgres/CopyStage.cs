using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres;

/// <summary>A whole load as one stage for a TPL Dataflow graph of the caller's: pages of rows go in, one committed transaction comes out.</summary>
/// <remarks>
/// <para>
/// <see cref="OpenAsync"/> checks the tables and plans the foreign keys; then add each producer of pages with <see cref="AddEncoder"/>, <see cref="LinkFrom"/> or
/// <see cref="AddProducer"/>, or end a <see cref="Dataflow.StageGraph"/> here; then await <see cref="CommitAsync"/>, which waits for the good end of every producer,
/// sends what is open parents first, proves the foreign keys and commits.
/// </para>
/// <para>
/// Locks: none before the first page. Then the transaction begins, all tables are locked in one statement, and everything is checked again under the locks, which are held until
/// COMMIT. Their strength is in <see cref="Preflight"/>; see <see cref="CopyStageOptions.Access"/>.
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
    private readonly NpgsqlDataSource database;
    private readonly LoadRequest request;
    private readonly LoadPreflight planned;
    private readonly string server;
    private readonly RowAccumulator accumulator;
    private readonly CopyStageOptions options;
    private readonly IReadOnlyList<CopyTable> parentsFirst;
    private readonly Dictionary<CopyTable, QualifiedName> names;
    private LoadTransaction? load;
    private volatile LoadOpening? opening;
    private volatile CopySink? sink;

    private CopyStage(NpgsqlDataSource database, LoadRequest request, LoadPreflight planned, string server, CopyStageOptions options, CancellationToken cancellationToken)
    {
        this.database = database;
        this.request = request;
        this.planned = planned;
        this.server = server;
        this.options = options;
        names = request.Tables.Zip(planned.Tables).ToDictionary(pair => pair.First, pair => new QualifiedName(pair.Second.Schema!, pair.Second.Name!));
        var order = planned.Plan!.Graph.LoadOrder.ToList();
        parentsFirst = [.. request.Tables.OrderBy(table => order.IndexOf(names[table]))];
        accumulator = new RowAccumulator(options.Accumulator);
        queue = new PageQueue(options.InputPages, TakeAsync, ProducerFailed);
        openToken = cancellationToken;
        Token = stop.Token;
        cancelling = cancellationToken.UnsafeRegister(static stage => ((CopyStage)stage!).Cancel(((CopyStage)stage).openToken), this);
    }

    /// <summary>How the foreign keys are kept, and why: as planned, and from the first page on as found under the load's locks.</summary>
    public ForeignKeyPlan Plan => opening?.Plan ?? planned.Plan!;

    /// <summary>What was found out about the tables before the load, and which locks it will hold.</summary>
    public LoadPreflight Preflight => opening?.Preflight ?? planned;

    /// <summary>Rows, bytes and batches per table that the server has confirmed: a snapshot, safe to take from any thread. Complete after <see cref="CommitAsync"/>.</summary>
    public IReadOnlyCollection<CopyCounters> Counters => sink?.Counters ?? [];

    /// <summary>Checks tables, rights and settings and plans the foreign keys. Nothing is locked yet, and no transaction stays open: that begins with the first page.</summary>
    /// <param name="database">Where the rows go; stays the caller's.</param>
    /// <param name="tables">Every table that pages will be sent for.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the stage at any time; the load is then rolled back.</param>
    /// <exception cref="DatabaseException">No connection, or a setting or lock was refused.</exception>
    /// <exception cref="ForeignKeyException">The foreign keys cannot be kept; the message holds the SQL that would make it possible.</exception>
    /// <exception cref="LoadRefusedException">Something else stands in the way: a column, a right, row-level security, rows. The message names all of it.</exception>
    public static async Task<CopyStage> OpenAsync(NpgsqlDataSource database, IReadOnlyList<CopyTable> tables, CopyStageOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tables);
        options ??= new CopyStageOptions();
        var request = new LoadRequest { Tables = tables, Expected = options.Expected, Access = options.Access, Content = options.Content, MayChangeDependents = options.MayChangeDependents };
        LoadTransaction trial = await LoadTransaction.OpenAsync(database, options.Transaction, cancellationToken).ConfigureAwait(false);
        await using (trial.ConfigureAwait(false))
        {
            LoadPreflight planned = await LoadPreflight.ReadAsync(trial.Connection, request.Resolve(trial.Resolve), (_, _) => Task.FromResult(options.ForeignKeys), cancellationToken).ConfigureAwait(false);
            planned.ThrowIfRefused(trial.Server);
            return new CopyStage(database, request, planned, trial.Server, options, cancellationToken);
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

    /// <summary>Opens the transaction and locks the tables, when there is something to load: what comes before may take any time, and holds nobody up.</summary>
    private async Task BeginAsync()
    {
        if (opening is not null) return;
        load = await LoadTransaction.OpenAsync(database, options.Transaction, Token).ConfigureAwait(false);
        LoadOpening opened = await LoadOpening.OpenAsync(load, request, (_, _) => Task.FromResult(options.ForeignKeys), (_, _) => Task.FromResult<Exception?>(null), null, options.Audit, Token).ConfigureAwait(false);
        var made = new CopySink(load, options.Sink);
        made.Know(opened.Preflight.Tables);
        sink = made;
        opening = opened;
    }

    /// <summary>The last statements of the load, in turn.</summary>
    private async Task<CommitOutcome> FinishAsync()
    {
        await BeginAsync().ConfigureAwait(false);
        await SendAllAsync(accumulator.Drain(parentsFirst), Token).ConfigureAwait(false);
        await sink!.CompleteAsync(Token).ConfigureAwait(false);
        await opening!.Strategy.AfterLoadAsync(load!.Connection, Token).ConfigureAwait(false);
        BeginCommit();
        CommitOutcome outcome = await load.CommitAsync().ConfigureAwait(false);
        isCommitted = true;
        return outcome;
    }

    /// <summary>Takes over one page: into the open batches, or back into its pool when the load has failed.</summary>
    private Task TakeAsync(RowPage page) => InTurnAsync(
        async () =>
        {
            if (!names.ContainsKey(page.Table)) DatabaseThrow.TableNotOfLoad(page.Table);
            await BeginAsync().ConfigureAwait(false);
            await SendAllAsync(accumulator.Append(page), Token).ConfigureAwait(false);
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
        foreach (QualifiedName parent in Plan.TablesBefore(names[batch.Table]))
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
            await opening!.Strategy.BeforeBatchAsync(load!.Connection, names[batch.Table], cancellationToken).ConfigureAwait(false);
            await sink!.CopyAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }
}
