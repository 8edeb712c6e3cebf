using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>
/// One batch: ledgers are read, proved, projected and sent while the transaction is open; it commits when all of them are proved.
/// </summary>
/// <remarks>
/// read → prove and project (in parallel, in order) → chain and send → <see cref="BulkLoad"/> → the batch's own proof is joined to its
/// neighbour's → bookkeeping, lease and cursor → COMMIT. Safe for several batches at once.
/// Memory: rows in flight are bounded for each batch; of these, open batches of the load hold half at most.
/// </remarks>
internal sealed class BatchLoader : IDisposable
{
    private const int CopiesPerBudget = 8;

    private readonly BackfillRun run;
    private readonly LoadPlan plan;
    private readonly BackfillOptions options;
    private readonly ProofChain proofs;
    private readonly BackfillMeter meter;
    private readonly bool hasCursors;
    private readonly ILoggerFactory loggers;
    private readonly HistoryTablesProjection history;
    private readonly LedgerProjector projector;
    private readonly HistoryChunks chunks;
    private readonly long budgetBytes;
    private readonly int workers;

    // Who attaches holds a lock until COMMIT that others who attach wait for.
    private readonly SemaphoreSlim publishing = new(1, 1);

    public BatchLoader(BackfillRun run, bool hasCursors)
    {
        this.run = run;
        plan = run.Plan;
        options = run.Options;
        proofs = run.Proofs;
        meter = run.Meter;
        loggers = run.Loggers;
        this.hasCursors = hasCursors;
        history = new HistoryTablesProjection(options.Network) { AllowNewerProtocol = options.AllowNewerProtocol };
        projector = new LedgerProjector(options.Network, [history], run.Pages) { AllowNewerProtocol = options.AllowNewerProtocol };
        chunks = new HistoryChunks(plan, run.Database, options.LockTimeout);
        budgetBytes = options.MemoryBytes * 2 / 3 / options.Connections;
        workers = Math.Max(1, options.Workers / options.Connections);
    }

    /// <summary>Loads a batch, trying again where what ended it passes by itself.</summary>
    /// <param name="lease">The ledgers.</param>
    /// <param name="beside">How they are filled beside the tables; null for in place.</param>
    /// <param name="read">Reads them from their first one on.</param>
    /// <param name="attempts">How often, at least 1.</param>
    /// <param name="isLast">Whether no batch comes after it, so that its COMMIT waits until the server's log is on its disk.</param>
    /// <param name="connection">Which of the run's connections it is, from 0.</param>
    /// <param name="cancellationToken">Rolls the batch back.</param>
    public Task LoadAsync(
        BatchLease lease, BesideUnit? beside, Func<CancellationToken, IAsyncEnumerable<LedgerBuffer>> read, int attempts, bool isLast,
        int connection, CancellationToken cancellationToken)
    {
        return Tries(run, attempts, $"the batch of ledgers {lease.Span}").RunAsync(async (attempt, token) =>
        {
            if (attempt > 1)
            {
                meter.CountRetry();

                // The COMMIT of the try before may have come through.
                if (await IsCommittedAsync(lease, token).ConfigureAwait(false))
                {
                    meter.CountCommitted(lease.Span);
                    return true;
                }
            }

            if (beside is not null)
            {
                try
                {
                    await TryAsync(lease, beside, read, isLast, connection, token).ConfigureAwait(false);
                    run.Fill.Count(lease.Span);
                    return true;
                }
                catch (BesideRefusedException refused)
                {
                    // Nothing of it was committed; the tables themselves may take what tables in their place could not.
                    run.Fill.Refuse(refused.Message);
                    StellarLog.Remark(loggers.CreateLogger<BatchLoader>(), $"Ledgers {lease.Span} are loaded in place: {refused.Message}.");
                    beside = null;
                }
            }

            await TryAsync(lease, null, read, isLast, connection, token).ConfigureAwait(false);
            return true;
        }, cancellationToken);
    }

    /// <summary>Tries again what passes by itself; whether a COMMIT of unknown outcome came through is seen at the next try.</summary>
    public static RunAttempts Tries(BackfillRun run, int attempts, string work) => new(
        new RunAttemptsOptions
        {
            Attempts = attempts,
            IsPassing = static error => TransientFailure.Is(error) || error is DatabaseException { OutcomeIsUnknown: true },
            Work = work,
        },
        run.Loggers.CreateLogger<BatchLoader>());

    /// <inheritdoc/>
    public void Dispose()
    {
        publishing.Dispose();
        projector.Dispose();
        chunks.Dispose();
        history.Dispose();
    }

    private async Task TryAsync(
        BatchLease lease, BesideUnit? unit, Func<CancellationToken, IAsyncEnumerable<LedgerBuffer>> read, bool isLast, int connection,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<LedgerAnchor> anchors = await AnchorsAsync(lease.Span, cancellationToken).ConfigureAwait(false);
        var budget = new ByteBudget(budgetBytes);
        var content = new BatchContent(lease.Span);
        BesideTables? beside = unit is null ? null : new BesideTables(unit, lease.Fence, options.LockTimeout);
        LoadOptions steps = Steps(lease, beside, content, budget, isLast);
        LoadPlan used = beside is null ? plan : await PlanBesideAsync(steps.Transaction, cancellationToken).ConfigureAwait(false);
        using var turn = new PublishTurn(publishing);
        steps = beside is null ? steps : WithPublishing(steps, beside, turn);
        BulkLoad load = used.NewLoad(steps, cancellationToken);
        await using (load.ConfigureAwait(false))
        {
            if (beside is not null) await load.BeginAsync().ConfigureAwait(false);
            using var graph = new StageGraph(null, budget, loggers.CreateLogger<StageGraph>());
            bool isReading = false;
            StageOutput<LedgerBytes> source = graph.AddSource<LedgerBytes>("read", async (output, token) =>
            {
                IAsyncEnumerator<LedgerBuffer> ledgers = read(token).GetAsyncEnumerator(token);
                await using (ledgers.ConfigureAwait(false))
                {
                    while (await NextAsync(ledgers, output).ConfigureAwait(false))
                    {
                        meter.CountLedger(ledgers.Current.Length);
                        long began = Stopwatch.GetTimestamp();
                        LedgerBytes bytes = await LedgerBytes.TakeAsync(budget, ledgers.Current, token).ConfigureAwait(false);
                        output.Counters.AddOutputWait(Stopwatch.GetElapsedTime(began));
                        await output.SendAsync(bytes).ConfigureAwait(false);
                    }
                }
            }, () => Volatile.Read(ref isReading));
            (StageInput<LedgerBytes> input, StageOutput<LedgerRows> projected) = projector.AddTo(
                graph, beside is null ? workers : options.Workers, anchors: anchors);
            (StageInput<LedgerRows> Input,
                StageOutput<RowPage> Output) send = graph.AddStage<LedgerRows, RowPage>("send", 2, async (ledger, output, token) =>
                {
                    content.Add(ledger);
                    if (beside is null) await chunks.EnsureAsync(ledger.CloseTimeSeconds, token).ConfigureAwait(false);
                    foreach (RowPage page in ledger.TakePages()) await output.SendAsync(page).ConfigureAwait(false);
                });
            graph.Link(source, input);
            graph.Link(projected, send.Input);
            graph.Link(send.Output, load);
            LoadResult? result = null;
            try
            {
                await graph.RunAsync(cancellationToken).ConfigureAwait(false);
                content.CheckWhole();
                result = await load.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (DatabaseException error) when (beside is not null && error.SqlState == PostgresErrorCodes.CheckViolation)
            {
                throw new BesideRefusedException("a ledger closed at another time than those around it", error);
            }
            catch (DatabaseException error)
                when (error.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation)
            {
                throw BackfillThrow.AlreadyThere(lease.Span, error);
            }
            finally
            {
                meter.CountStages(connection, [.. graph.Stages.Select(stage => stage.Counters), .. load.Stages], result?.Phases ?? []);
            }

            meter.CountBatch(lease.Span, content.Counts, result);

            async Task<bool> NextAsync(IAsyncEnumerator<LedgerBuffer> ledgers, StageOutput<LedgerBytes> output)
            {
                long began = Stopwatch.GetTimestamp();
                Volatile.Write(ref isReading, true);
                bool isThere = await ledgers.MoveNextAsync().ConfigureAwait(false);
                Volatile.Write(ref isReading, false);
                output.Counters.AddInputWait(Stopwatch.GetElapsedTime(began));
                return isThere;
            }
        }
    }

    // In the order in which they happen, inside one transaction.
    private LoadOptions Steps(BatchLease lease, BesideTables? beside, BatchContent content, ByteBudget budget, bool isLast) => new()
    {
        Transaction = new LoadTransactionOptions
        {
            // What a crash takes, its bookkeeping row goes with: it is seen to be missing, and loaded again.
            SynchronousCommit = isLast ? "on" : "off",
            LockTimeout = options.LockTimeout,
            StandIns = beside?.StandIns ?? new Dictionary<string, string>(),
        },
        ChangeSchema = beside is null ? null : new CommitStep("make tables beside", beside.CreateAsync),
        Accumulator = new RowAccumulatorOptions { BytesPerBatch = budgetBytes / CopiesPerBudget, MaxOpenBytes = budgetBytes / 2 },
        Budget = budget,
        Prepare = lease.Replaces
            ? new CommitStep("remove torn ledgers", (load, token) => TornLedgers.DeleteAsync(load, lease.Span, token))
            : null,
        CommitSteps =
        [
            new CommitStep("prove", (load, token) => ProveAsync(load, lease.Span, content, token)),
            new CommitStep("note the batch", (load, token) => NoteAsync(load, lease, content, token)),
        ],
    };

    // After the proof, which may wait for other batches, and before the bookkeeping, whose lock is to be held for moments only.
    private static LoadOptions WithPublishing(LoadOptions steps, BesideTables beside, PublishTurn turn) => steps with
    {
        CommitSteps =
        [
            steps.CommitSteps[0],
            new CommitStep("build indexes, take place", async (load, token) =>
            {
                await turn.TakeAsync(token).ConfigureAwait(false);
                await beside.PublishAsync(load, token).ConfigureAwait(false);
            }),
            .. steps.CommitSteps.Skip(1),
        ],
    };

    // The tables come in the transaction, so what can be said of them before is little.
    private Task<LoadPlan> PlanBesideAsync(LoadTransactionOptions transaction, CancellationToken cancellationToken) =>
        LoadPlan.CreateAsync(
            run.Database, plan.Asked with { Access = TableAccess.Exclusive, SchemaMayChange = true }, transaction, cancellationToken);

    private async Task<IReadOnlyList<LedgerAnchor>> AnchorsAsync(LedgerSpan span, CancellationToken cancellationToken)
    {
        if (options.Archive is not { } archive)
            return run.Proved?.At(span.Last) is { } proved ? [.. options.Trusted, proved] : options.Trusted;
        try
        {
            return [.. options.Trusted, await LedgerAnchor.ReadAsync(
                archive, options.ArchiveOptions, span.First, span.Last, cancellationToken).ConfigureAwait(false)];
        }
        catch (LedgerException error)
            when (error.Code == LedgerErrorCode.AnchorMissing && proofs.IsDescending && proofs.IsAnnounced(span.Last + 1))
        {
            // The batch above it, which it is joined to before it commits, rests on the archive, and so does all that its hashes lead to.
            return options.Trusted;
        }
    }

    /// <summary>
    /// Joins the batch's chain to that of its neighbour. One that is joined to none must agree with the database first: others will rest on
    /// it.
    /// </summary>
    private async Task ProveAsync(LoadTransaction load, LedgerSpan span, BatchContent content, CancellationToken cancellationToken)
    {
        var log = new BatchLog(new QueryRunner(load.Connection, load.RequireSchema()));
        if (!proofs.HasNeighbour(span)) await CheckNeighboursAsync(log, span, HashesOf(content), cancellationToken).ConfigureAwait(false);
        content.Proof = (await proofs.JoinAsync(span, content.Chain, cancellationToken).ConfigureAwait(false)).ToProof();
    }

    /// <summary>The last statements of a batch: its lease is still its own, its neighbours agree, and what it did is noted.</summary>
    /// <remarks>Neighbours are looked at again, under the lock: other processes may have committed one meanwhile.</remarks>
    private async Task NoteAsync(LoadTransaction load, BatchLease lease, BatchContent content, CancellationToken cancellationToken)
    {
        LedgerSpan span = lease.Span;
        BatchHashes hashes = HashesOf(content);
        var log = new BatchLog(new QueryRunner(load.Connection, load.RequireSchema()));
        await log.LockAsync(cancellationToken).ConfigureAwait(false);
        if (!await LeaseStore.RedeemAsync(load, lease, cancellationToken).ConfigureAwait(false)) throw BackfillThrow.LeaseLost(span);
        await CheckNeighboursAsync(log, span, hashes, cancellationToken).ConfigureAwait(false);
        string restsOn = content.Proof!.AnchoredTo >= span.Last ? content.Proof.Anchor!.Origin : "the source alone";
        var record = new BatchRecord(span, hashes, TableRows.Of(content.Counts));
        await log.AddAsync(record, restsOn, options.ProgramVersion, cancellationToken).ConfigureAwait(false);
        if (hasCursors) await LowerCursorAsync(load, log, cancellationToken).ConfigureAwait(false);
    }

    private static BatchHashes HashesOf(BatchContent content) =>
        new(content.Chain.PreviousHash, content.Chain.FirstHash, content.Chain.LastHash);

    private static async Task CheckNeighboursAsync(BatchLog log, LedgerSpan span, BatchHashes hashes, CancellationToken cancellationToken)
    {
        var around = new LedgerSpan(Math.Max(1, span.First - 1), span.Last + 1);
        foreach (BatchRecord neighbour in await log.ReadAsync(around, cancellationToken).ConfigureAwait(false))
        {
            if (neighbour.Hashes is not { } others) continue;
            if (neighbour.Span.First == span.Last + 1 && others.Previous != hashes.Last)
                throw BackfillThrow.NeighbourDiffers(span, neighbour.Span, isAbove: true, others.Previous, hashes.Last);
            if (neighbour.Span.Last == span.First - 1 && others.Last != hashes.Previous)
                throw BackfillThrow.NeighbourDiffers(span, neighbour.Span, isAbove: false, hashes.Previous, others.Last);
        }
    }

    /// <summary>
    /// Lowers oldest_ingest_ledger as far as ledgers follow each other without a hole. Where there is no such cursor none is made.
    /// </summary>
    /// <remarks>Under the bookkeeping's lock: what this does not see yet commits later, and looks again.</remarks>
    private static async Task LowerCursorAsync(LoadTransaction load, BatchLog log, CancellationToken cancellationToken)
    {
        var store = new IngestStore(load);
        if (await store.GetAsync(IngestStore.Oldest, cancellationToken).ConfigureAwait(false) is not { } oldest) return;
        uint reached = await log.FindContiguousAsync(oldest, cancellationToken).ConfigureAwait(false);
        if (reached < oldest) await store.UpdateMinAsync(IngestStore.Oldest, reached, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> IsCommittedAsync(BatchLease lease, CancellationToken cancellationToken)
    {
        List<BatchRecord> batches =
            await new BatchLog(new QueryRunner(run.Database)).ReadAsync(lease.Span, cancellationToken).ConfigureAwait(false);
        return batches is [{ IsLoaded: true } only] && only.Span == lease.Span;
    }
}
