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
/// Loads one batch: ledgers are read, proved, projected and sent in one transaction, which commits when all of them are proved.
/// </summary>
/// <remarks>
/// read → prove and project (in parallel, in order) → chain and send → <see cref="BulkLoad"/> → join the batch's proof to the proof of
/// its neighbour → bookkeeping, lease and cursor → COMMIT. Safe for several batches at the same time. Memory: the rows in flight of each
/// batch are bounded, and at most half of them are in open batches of the load.
/// </remarks>
internal sealed class BatchLoader : IDisposable
{
    private const int CopiesPerBudget = 8;

    private readonly BackfillRun run;
    private readonly LoadPlan plan;
    private readonly BackfillOptions options;
    private readonly ProofChain proofs;
    private readonly BackfillMeter meter;
    private readonly ILoggerFactory loggers;
    private readonly HistoryTablesProjection history;
    private readonly LedgerProjector projector;
    private readonly HistoryChunks chunks;
    private readonly long budgetBytes;
    private readonly int workers;

    // Attaching a table takes a lock that is held until COMMIT and makes other batches that attach wait.
    private readonly SemaphoreSlim publishing = new(1, 1);

    public BatchLoader(BackfillRun run)
    {
        this.run = run;
        plan = run.Plan;
        options = run.Options;
        proofs = run.Proofs;
        meter = run.Meter;
        loggers = run.Loggers;
        history = new HistoryTablesProjection(options.Network) { AllowNewerProtocol = options.AllowNewerProtocol };
        projector = new LedgerProjector(options.Network, [history], run.Pages) { AllowNewerProtocol = options.AllowNewerProtocol };
        chunks = new HistoryChunks(plan, run.Database, options.LockTimeout);
        budgetBytes = options.MemoryBytes * 2 / 3 / options.Connections;
        workers = Math.Max(1, options.Workers / options.Connections);
    }

    /// <summary>Loads a batch. Tries again after transient errors.</summary>
    /// <param name="lease">The lease of the ledgers.</param>
    /// <param name="beside">How they are written to separate tables; null for in place.</param>
    /// <param name="read">Reads the ledgers from the first one.</param>
    /// <param name="attempts">Number of attempts, at least 1.</param>
    /// <param name="isLast">Whether no batch follows, so that its COMMIT waits until the WAL is on disk.</param>
    /// <param name="connection">Index of the run's connection, from 0.</param>
    /// <param name="cancellationToken">Rolls back the batch.</param>
    public Task LoadAsync(
        BatchLease lease, BesideUnit? beside, Func<CancellationToken, IAsyncEnumerable<LedgerBuffer>> read, int attempts, bool isLast,
        int connection, CancellationToken cancellationToken)
    {
        return Tries(run, attempts, $"the batch of ledgers {lease.Span}").RunAsync(async (attempt, token) =>
        {
            if (attempt > 1)
            {
                meter.CountRetry();

                // The COMMIT of the previous attempt may have succeeded.
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
                    // Nothing of it was committed. The history tables may accept rows where separate tables could not take their place.
                    run.Fill.Refuse(refused.Message);
                    StellarLog.Remark(loggers.CreateLogger<BatchLoader>(), $"Ledgers {lease.Span} are loaded in place: {refused.Message}.");
                    if (beside.Kind == BesideKind.Partition && run.Partitions is { } partitions)
                        await partitions.EnsureAsync(beside.Start, beside.End - 1, token).ConfigureAwait(false);
                    beside = null;
                }
            }

            await TryAsync(lease, null, read, isLast, connection, token).ConfigureAwait(false);
            return true;
        }, cancellationToken);
    }

    /// <summary>Tries again after transient errors. If the outcome of a COMMIT is unknown, the next attempt finds out.</summary>
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
                throw new BesideRefusedException("a ledger closed at a time outside that of its neighbours", error);
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

    // In the order in which they run, in one transaction.
    private LoadOptions Steps(BatchLease lease, BesideTables? beside, BatchContent content, ByteBudget budget, bool isLast) => new()
    {
        Transaction = new LoadTransactionOptions
        {
            // If a crash loses a commit, it loses its bookkeeping row too: the ledgers are found to be missing, and loaded again.
            SynchronousCommit = isLast ? "on" : "off",
            LockTimeout = options.LockTimeout,
            StandIns = beside?.StandIns ?? new Dictionary<string, string>(),
        },
        ChangeSchema = beside is null ? null : new CommitStep("create separate tables", beside.CreateAsync),
        Accumulator = new RowAccumulatorOptions { BytesPerBatch = budgetBytes / CopiesPerBudget, MaxOpenBytes = budgetBytes / 2 },
        Budget = budget,
        Prepare = lease.Replaces
            ? new CommitStep(
                "delete torn ledgers",
                (load, token) => TornLedgers.DeleteAsync(
                    load, lease.Span, plan.Preflight.Tables.Any(static table => table.IsHypertable), token))
            : null,
        CommitSteps =
        [
            new CommitStep("prove", (load, token) => ProveAsync(load, lease.Span, content, token)),
            new CommitStep("record the batch", (load, token) => NoteAsync(load, lease, content, token)),
        ],
    };

    // After the proof, which may wait for other batches, and before the bookkeeping, whose lock must be held only briefly.
    private static LoadOptions WithPublishing(LoadOptions steps, BesideTables beside, PublishTurn turn) => steps with
    {
        CommitSteps =
        [
            steps.CommitSteps[0],
            new CommitStep("build indexes, move tables into place", async (load, token) =>
            {
                await turn.TakeAsync(token).ConfigureAwait(false);
                await beside.PublishAsync(load, token).ConfigureAwait(false);
            }),
            .. steps.CommitSteps.Skip(1),
        ],
    };

    // The transaction creates the tables, so a plan made before it knows little of them.
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
            // The batch above was proved by the archive, and this batch is joined to it before it commits. So its hashes prove this batch
            // too.
            return options.Trusted;
        }
    }

    /// <summary>
    /// Joins the chain of the batch to the chain of its neighbour. A batch without neighbour must first agree with the database, because
    /// other batches will rely on it.
    /// </summary>
    private async Task ProveAsync(LoadTransaction load, LedgerSpan span, BatchContent content, CancellationToken cancellationToken)
    {
        var log = new BatchLog(new QueryRunner(load.Connection, load.RequireSchema()));
        if (!proofs.HasNeighbour(span)) await CheckNeighboursAsync(log, span, HashesOf(content), cancellationToken).ConfigureAwait(false);
        content.Proof = (await proofs.JoinAsync(span, content.Chain, cancellationToken).ConfigureAwait(false)).ToProof();
    }

    /// <summary>The last statements of a batch: check that the lease and the neighbours are still valid, and record the batch.</summary>
    /// <remarks>
    /// Neighbours are checked again under the lock, because other processes may have committed one since the first check.
    /// </remarks>
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
        if (run.HasCursors) await OldestCursor.LowerAsync(load, log, cancellationToken).ConfigureAwait(false);
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

    private async Task<bool> IsCommittedAsync(BatchLease lease, CancellationToken cancellationToken)
    {
        List<BatchRecord> batches =
            await new BatchLog(new QueryRunner(run.Database)).ReadAsync(lease.Span, cancellationToken).ConfigureAwait(false);
        return batches is [{ IsLoaded: true } only] && only.Span == lease.Span;
    }
}
