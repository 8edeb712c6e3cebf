using System.Runtime.CompilerServices;
using System.Threading.Tasks.Dataflow;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// A whole load as one stage for a TPL Dataflow graph: pages of rows of any tables go in, one committed transaction comes out.
/// </summary>
/// <remarks>
/// <para>
/// Create it from a <see cref="LoadPlan"/>, or with
/// <see cref="OpenAsync(NpgsqlDataSource, LoadRequest, LoadOptions?, CancellationToken)"/>, which plans first. Add each producer of pages
/// with <see cref="AddEncoder"/>, <see cref="LinkFrom"/> or <see cref="AddProducer"/>, or end a <see cref="StageGraph"/> here. Then await
/// <see cref="CommitAsync"/>: it waits until every producer has completed, sends the open batches parents first, proves the foreign keys,
/// runs the caller's steps and commits.
/// </para>
/// <para>
/// Locks: none before the first page or <see cref="BeginAsync"/>. Then the transaction begins, all tables are locked in one statement, and
/// the plan is confirmed under these locks. They are held until COMMIT. <see cref="LoadPreflight.LockMode"/> tells their mode.
/// </para>
/// <para>Order: pages of any table in any order. If the plan chose <c>ordered</c>, parent rows must come before the rows that refer to
/// them.</para>
/// <para>
/// Producers are counted: the load ends when all have completed, and fails when one fails, is cancelled or is disposed early. There is no
/// plain target block to link to, because it could not count producers, nor tell a cancelled producer from a completed one.
/// </para>
/// <para>
/// Failure: the transaction is rolled back at once and <see cref="Token"/> is cancelled. Pages that still arrive are accepted and returned
/// to their pool, so that no producer waits forever. <see cref="CommitAsync"/> throws the first error. Nothing is visible before COMMIT.
/// </para>
/// <para>
/// One batch is filled while the previous one is sent. If nothing is being sent, a batch that is a quarter full is sent early. Each load
/// uses one connection and one transaction. Producers may run on any thread, and the properties may be read from any thread at any time.
/// </para>
/// </remarks>
public sealed partial class BulkLoad : IAsyncDisposable
{
    private readonly LoadPlan plan;
    private readonly LoadOptions options;
    private readonly LoadRecorder recorder;
    private readonly LoadClock clock = new();
    private LoadTransaction? transaction;
    private volatile LoadOpening? opening;
    private volatile TableWriters? writer;

    private BulkLoad(LoadPlan plan, LoadOptions options, CancellationToken cancellationToken)
    {
        this.plan = plan;
        this.options = options;
        tables = [.. plan.Asked.Tables];
        recorder = new LoadRecorder(options.Audit);
        accumulator = new RowAccumulator(WithinBudget(options.Accumulator, options.Budget));
        copies = new ActionBlock<RowBatch>(
            batch => copyCounters.MeasureAsync(() => CopyHandedOnAsync(batch)), new ExecutionDataflowBlockOptions { BoundedCapacity = 1 });
        queue = new PageQueue(options.InputPages, TakeAsync, ProducerFailed);
        openToken = cancellationToken;
        Token = stop.Token;
        cancelling = cancellationToken.UnsafeRegister(static load => ((BulkLoad)load!).Cancel(((BulkLoad)load).openToken), this);
    }

    /// <summary>The plan as made; after the transaction has begun, the plan as confirmed under the load's locks.</summary>
    public LoadPlan Plan => opening?.Plan ?? plan;

    /// <summary>
    /// How the foreign keys are kept: as planned; after the transaction has begun, as the server allowed.
    /// </summary>
    public ForeignKeyPlan? ForeignKeys => opening?.ForeignKeys ?? plan.ForeignKeys;

    /// <summary>
    /// Rows, bytes and batches per table that the server has confirmed. A snapshot that any thread may take; complete after
    /// <see cref="CommitAsync"/>.
    /// </summary>
    public IReadOnlyCollection<CopyCounters> Counters => writer?.Counters ?? [];

    /// <summary>How the two stages of the load spend their time: filling batches, and sending them.</summary>
    public IReadOnlyList<StageCounters> Stages => [fillCounters, copyCounters];

    /// <summary>What the load is doing: a phase of <see cref="LoadResult.Phases"/>, or an empty text before and after.</summary>
    public string Phase => clock.Phase;

    /// <summary>
    /// Plans a load of some tables and creates it. Tables are not locked yet, and no transaction stays open: both begin with the first
    /// page.
    /// </summary>
    /// <param name="database">The database that receives the rows; the caller disposes it.</param>
    /// <param name="request">What the load does to which tables.</param>
    /// <param name="options">How the load is carried out; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the load at any time; it is then rolled back.</param>
    /// <exception cref="DatabaseException">The connection failed, or the server refused a setting or a lock.</exception>
    /// <exception cref="ForeignKeyException">The foreign keys cannot be kept; the message contains the SQL that would make it
    /// possible.</exception>
    /// <exception cref="LoadRefusedException">Something else prevents the load: a column, a privilege, row-level security, existing rows.
    /// The message lists all obstacles.</exception>
    public static async Task<BulkLoad> OpenAsync(
        NpgsqlDataSource database, LoadRequest request, LoadOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new LoadOptions();
        LoadPlan plan = await LoadPlan.CreateAsync(database, request, options.Transaction, cancellationToken).ConfigureAwait(false);
        return plan.NewLoad(options, cancellationToken);
    }

    /// <summary>Plans and creates a load that adds rows to tables, with the defaults for everything else.</summary>
    /// <param name="database">The database that receives the rows; the caller disposes it.</param>
    /// <param name="tables">Every table that will receive pages.</param>
    /// <param name="cancellationToken">Stops the load at any time; it is then rolled back.</param>
    public static Task<BulkLoad> OpenAsync(
        NpgsqlDataSource database, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken = default) =>
            OpenAsync(database, new LoadRequest { Tables = tables }, null, cancellationToken);

    /// <summary>
    /// Begins the transaction and locks the tables immediately instead of with the first page, so that a refusal comes before any row is
    /// made.
    /// </summary>
    /// <exception cref="DatabaseException">The connection failed, or the server refused a setting or a lock.</exception>
    /// <exception cref="ForeignKeyException">The foreign keys cannot be kept.</exception>
    /// <exception cref="LoadRefusedException">Something prevents the load that did not exist when the plan was made.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled.</exception>
    public async Task BeginAsync()
    {
        await InTurnAsync(BeginInTurnAsync).ConfigureAwait(false);
        if (HasFailed) await ThrowFailureAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Waits until all producers have completed, sends the open batches, proves the foreign keys, runs the caller's steps and commits. No
    /// producer can be added after this call.
    /// </summary>
    /// <param name="cancellationToken">Stops the load, even during a COPY, as the token given at its creation does. It does not stop the
    /// COMMIT itself.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="DatabaseException">The server refused a batch or the COMMIT, or a producer was cancelled or disposed
    /// early.</exception>
    /// <exception cref="ForeignKeyViolationException">Rows refer to rows that do not exist; nothing was committed.</exception>
    /// <exception cref="OperationCanceledException">One of the caller's tokens was cancelled, or the load was disposed; nothing was
    /// committed.</exception>
    /// <exception cref="InvalidOperationException">There is no producer, or this method was called before.</exception>
    /// <remarks>
    /// If a producer failed, its own error is thrown. After a failure this method waits until the producers have ended and their pages are
    /// back in their pool, but no longer than <see cref="LoadOptions.DrainLimit"/>.
    /// </remarks>
    public async Task<LoadResult> CommitAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref commits, 1) != 0) DatabaseThrow.TransactionEnded();
        commitToken = cancellationToken;
        CancellationTokenRegistration stopping =
            cancellationToken.UnsafeRegister(static (load, token) => ((BulkLoad)load!).Cancel(token), this);
        await using (stopping.ConfigureAwait(false))
        {
            if (!HasFailed) CloseProducers();
            await Task.WhenAny(queue.Completion, Failure).ConfigureAwait(false);
            LoadResult? result = null;
            if (!HasFailed) await SendOpenAsync().ConfigureAwait(false);
            await InTurnAsync(async () => result = await FinishAsync().ConfigureAwait(false)).ConfigureAwait(false);
            if (!isCommitted) await ThrowFailureAsync().ConfigureAwait(false);
            return result!;
        }
    }

    /// <summary>Rolls the load back unless it was committed, and returns the connection to its pool.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposals, 1) != 0) return;
        if (!isCommitted)
        {
            Fail(
                new OperationCanceledException("The load was disposed of before it was committed; nothing of its transaction was stored."));
        }

        queue.Drain();
        await RollbackAsync().ConfigureAwait(false);

        // This returns the pages that were still waiting.
        await queue.Completion.ConfigureAwait(false);
        copies.Complete();
        await copies.Completion.ConfigureAwait(false);
        await cancelling.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Creates a load for a plan without obstacles.</summary>
    internal static BulkLoad Of(LoadPlan plan, LoadOptions? options, CancellationToken cancellationToken) =>
        new(plan, options ?? new LoadOptions(), cancellationToken);

    /// <summary>
    /// Opens the transaction and locks the tables when there is something to load. Until then, other sessions do not wait for this one.
    /// </summary>
    private async Task BeginInTurnAsync()
    {
        if (opening is not null) return;
        clock.Enter("open");
        LoadTransaction load =
            transaction = await LoadTransaction.OpenAsync(plan.Database, options.Transaction, Token).ConfigureAwait(false);
        options.Opened?.Invoke(load);
        var watch = LockWatch.Start(
            plan.Database, load.BackendProcessId, options.Transaction.LockTimeout, options.Transaction.LockWaits);
        await using ConfiguredAsyncDisposable watching = watch.ConfigureAwait(false);
        try
        {
            await PrepareInTurnAsync(load).ConfigureAwait(false);
        }
        catch (DatabaseException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            DatabaseThrow.LockTimedOut(load.Server, options.Transaction.LockTimeout, watch.Holder, error);
        }
    }

    private async Task PrepareInTurnAsync(LoadTransaction load)
    {
        if (options.ChangeSchema is { } change)
        {
            clock.Enter("schema");
            await RunAsync(change).ConfigureAwait(false);
        }

        clock.Enter("preflight");
        LoadOpening? opened = null;
        await load.GuardAsync("Preparing the tables", async () =>
        {
            opened = await LoadOpening.OpenAsync(load, plan, options.Prepare, recorder, Token).ConfigureAwait(false);
            await load.EnterStageAsync(PlanConfirmation.Waiting, Token).ConfigureAwait(false);
        }, Token).ConfigureAwait(false);
        recorder.Opened(opened!);
        Action<RowPage>? sent = options.Sink.PageSent;
        var made =
            new TableWriters(load, plan.Asked, options.Sink with
            {
                PageSent = options.Budget is { } budget ? page => { budget.Release(page.ByteCount); sent?.Invoke(page); }
                : sent,
            });
        made.Know(opened!.Plan.Preflight.Tables);
        writer = made;
        opening = opened;
        clock.Enter("load");
    }

    /// <summary>Runs the last statements of the load, up to COMMIT.</summary>
    private async Task<LoadResult> FinishAsync()
    {
        await BeginInTurnAsync().ConfigureAwait(false);
        LoadTransaction load = transaction!;
        clock.Enter("foreign keys");
        await load.GuardAsync("Restoring and proving the foreign keys", async () =>
        {
            string stage = opening!.RebuildsIndexes ? "build indexes, prove foreign keys" : "prove foreign keys";
            if (opening.ProvesInOneBatch && options.BeforeProof.Count == 0) load.AnnounceStage(stage);
            else await load.EnterStageAsync(stage, Token).ConfigureAwait(false);
            await writer!.CompleteAsync(Token).ConfigureAwait(false);
            CheckCounts();
            foreach (CommitStep step in options.BeforeProof) await step.Work(load, Token).ConfigureAwait(false);
            await opening.ProveAsync(load.Connection, recorder, Token).ConfigureAwait(false);
        }, Token).ConfigureAwait(false);

        clock.Enter("commit");
        foreach (CommitStep step in options.CommitSteps) await RunAsync(step).ConfigureAwait(false);

        // Its own round trip shows the stage even while COMMIT is on its way. A caller whose last step saves round trips does without.
        if (options.CommitSteps is [.., { ShowsStage: true }]) load.AnnounceStage("commit");
        else await load.EnterStageAsync("commit", Token).ConfigureAwait(false);
        BeginCommit();
        CommitOutcome outcome = await load.CommitAsync().ConfigureAwait(false);
        isCommitted = true;
        clock.End();
        return recorder.Result(load, opening!, writer!, outcome, Stages, clock.Phases);
    }

    private Task RunAsync(CommitStep step) => transaction!.GuardAsync($"The step \"{step.Name}\"", async () =>
    {
        if (step.ShowsStage) transaction.AnnounceStage(step.Name);
        else await transaction.EnterStageAsync(step.Name, Token).ConfigureAwait(false);
        await step.Work(transaction, Token).ConfigureAwait(false);
    }, Token);
}
