using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Loads any range of past ledgers into the history tables: proved batches, several at a time, one transaction each.</summary>
/// <remarks>
/// <para>
/// Steps: create tables and check the database; find what is missing; load the batches (a <see cref="LedgerStore"/> from its end
/// downwards, other sources upwards); check that every ledger is there. Only then does the run succeed. Batches that a failed run
/// committed stay, and the next run skips them. Any number of processes may load one range together.
/// </para>
/// <para>Give a source that holds ledgers in memory a third of <see cref="BackfillOptions.MemoryBytes"/>. An instance runs once.</para>
/// </remarks>
public sealed class BackfillJob
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    private readonly ILedgerSource source;
    private readonly NpgsqlDataSource database;
    private readonly BackfillOptions options;
    private readonly ILoggerFactory loggers;

    /// <summary>Creates a run.</summary>
    /// <param name="source">Where ledgers are read; stays the caller's.</param>
    /// <param name="database">Where rows are written; stays the caller's. Its pool must allow four connections more than
    /// <see cref="BackfillOptions.Connections"/>.</param>
    /// <param name="options">What to load, and with which resources.</param>
    /// <param name="loggers">Where the run logs.</param>
    /// <exception cref="BackfillException">An option is out of range, or the source cannot be used with the options.</exception>
    public BackfillJob(ILedgerSource source, NpgsqlDataSource database, BackfillOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        options.Validate();
        if (source is LedgerStore && (options.From is null || options.To is null)) throw BackfillThrow.RangeNeeded(source.Location);
        if (source is not (LedgerStore or LedgerStreamSource { CanBeReadAgain: true }) && options.Trusted.Count > 0)
        {
            throw BackfillThrow.TrustNeedsStore(source.Location);
        }

        foreach (LedgerAnchor anchor in options.Trusted)
        {
            if (anchor.Ledger > options.To || anchor.Ledger + 1L < options.From)
                throw BackfillThrow.TrustOutside(anchor.Ledger, $"{options.From} to {options.To}");
        }

        this.source = source;
        this.database = database;
        this.options = options;
        this.loggers = loggers;
    }

    /// <summary>Loads the missing ledgers of the range.</summary>
    /// <param name="progress">Gets a report about once a second; null for none.</param>
    /// <param name="cancellationToken">Rolls back the open batches; committed ones stay.</param>
    /// <returns>The report. Every ledger of the range is in the tables.</returns>
    /// <exception cref="PipelineException">The run was refused or failed.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled the run.</exception>
    public Task<BackfillReport> RunAsync(IProgress<BackfillProgress>? progress = null, CancellationToken cancellationToken = default) =>
        StellarTelemetry.RunAsync("backfill", () => LoadAsync(progress, cancellationToken));

    private async Task<BackfillReport> LoadAsync(IProgress<BackfillProgress>? progress, CancellationToken cancellationToken)
    {
        var meter = new BackfillMeter(options.Connections);
        DatabaseState state = await PrepareAsync(cancellationToken).ConfigureAwait(false);
        IngestStore? cursors = state.HasCursors ? new IngestStore(database) : null;
        uint? oldest = cursors is null ? null : await cursors.GetAsync(IngestStore.Oldest, cancellationToken).ConfigureAwait(false);
        uint? latest = cursors is null ? null : await cursors.GetAsync(IngestStore.Latest, cancellationToken).ConfigureAwait(false);
        if (options.To > latest) throw BackfillThrow.AboveLatest(options.To.Value, latest.Value);
        HistoryPartitions? partitions =
            await HistoryPartitions.FindAsync(state, database, options.LockTimeout, cancellationToken).ConfigureAwait(false);
        LoadPlan plan = await PlanAsync(partitions is not null, cancellationToken).ConfigureAwait(false);
        long? logBefore = await state.LogPositionAsync(cancellationToken).ConfigureAwait(false);
        var leases = new LeaseStore(database, LeaseOwner.NewName(), options.LeaseDuration, options.LockTimeout);
        var run =
            new BackfillRun(source, database, options, plan, leases, new ProofChain(isDescending: source is LedgerStore), meter, loggers)
            {
                Latest = latest,
                Partitions = partitions,
                HasCursors = state.HasCursors,
                Retention = await RetentionGuard.ReadAsync(state.Runner, state.Schema, cancellationToken).ConfigureAwait(false),
                Proved = source is LedgerStore ? null
                    : await StreamProof.MakeAsync(source, options, cancellationToken).ConfigureAwait(false),
            };
        LedgerSpan? range;
        RunSurroundings around = await RunSurroundings.EnterAsync(run, state.Schema, cancellationToken).ConfigureAwait(false);
        await using (around.ConfigureAwait(false))
        {
            range = await WorkAsync(run, progress, cancellationToken).ConfigureAwait(false);
            if (meter.LastSpan is { } last) await MakeDurableAsync(last, cancellationToken).ConfigureAwait(false);
            await around.FinishAsync(cancellationToken).ConfigureAwait(false);
        }

        long? logAfter = await state.LogPositionAsync(cancellationToken).ConfigureAwait(false);
        if (run.Pages.Outstanding > 0) StellarLog.PagesLost(loggers.CreateLogger<BackfillJob>(), run.Pages.Outstanding);
        uint? reached = cursors is null ? null : await cursors.GetAsync(IngestStore.Oldest, cancellationToken).ConfigureAwait(false);
        var cursor = new BackfillReport.CursorSection(oldest, reached);
        List<string> remarks = [.. Remarks(run, range, cursor), .. around.Remarks()];
        return BackfillReportBuilder.Build(run, range, cursor, logAfter - logBefore, remarks);
    }

    /// <summary>Waits until all batches are on the server's disk: a synchronous COMMIT also flushes the commits before it.</summary>
    private async Task MakeDurableAsync(LedgerSpan batch, CancellationToken cancellationToken)
    {
        var settings = new LoadTransactionOptions { LockTimeout = options.LockTimeout, SynchronousCommit = "on" };
        LoadTransaction load = await LoadTransaction.OpenAsync(database, settings, cancellationToken).ConfigureAwait(false);
        await using (load.ConfigureAwait(false))
        {
            var log = new BatchLog(new QueryRunner(load.Connection, load.RequireSchema()));
            await load.GuardAsync("The end of the run", () => log.TouchAsync(batch.First, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
            await load.CommitAsync().ConfigureAwait(false);
        }
    }

    private async Task<LedgerSpan?> WorkAsync(
        BackfillRun run, IProgress<BackfillProgress>? progress, CancellationToken cancellationToken)
    {
        using var loader = new BatchLoader(run);
        var keeper = new LeaseKeeper(run.Leases, options.LeaseDuration);
        await using (keeper.ConfigureAwait(false))
        {
            using Timer? telling =
                progress is null ? null : new Timer(_ => progress.Report(run.Progress()), null, ProgressInterval, ProgressInterval);
            if (source is not LedgerStore store)
                return await new StreamWork(run, loader).RunAsync(options.From, options.To, cancellationToken).ConfigureAwait(false);
            var range = new LedgerSpan(options.From!.Value, options.To!.Value);
            using var work = new StoreWork(run, loader, store);
            try
            {
                await work.RunAsync(range, cancellationToken).ConfigureAwait(false);
            }
            catch (LedgerException error)
            {
                // What is not proved must not be read again from a copy once the store is mended.
                store.DiscardCopy(error);
                throw;
            }

            return range;
        }
    }

    /// <summary>Creates missing tables, each migration file in its own transaction.</summary>
    private async Task<DatabaseState> PrepareAsync(CancellationToken cancellationToken)
    {
        DatabaseState state = await DatabaseState.ReadAsync(database, cancellationToken).ConfigureAwait(false);
        if (options.Migrate && !(state.HasHistory && state.HasBookkeeping))
        {
            MigrationSet[] sets = state.HasHistory ? [BackfillSchema.Migrations] : [HistorySchema.Migrations, BackfillSchema.Migrations];
            await new MigrationRunner(database, sets, new MigrationRunnerOptions(), loggers.CreateLogger<MigrationRunner>())
                .UpAsync(null, cancellationToken).ConfigureAwait(false);
            state = await DatabaseState.ReadAsync(database, cancellationToken).ConfigureAwait(false);
        }

        return state.HasHistory && state.HasBookkeeping ? state : throw BackfillThrow.TablesMissing(state.Schema);
    }

    // One plan for all batches. Other programs, such as live ingestion, may write to the tables at the same time.
    private async Task<LoadPlan> PlanAsync(bool makesPartitions, CancellationToken cancellationToken)
    {
        using var history = new HistoryTablesProjection(options.Network);
        var request = new LoadRequest
        {
            Tables = history.Tables,
            Expected = history.Expected,
            Access = TableAccess.Shared,
            Refusal = BackfillThrow.Refused,
            PartitionsMayCome = makesPartitions,
        };
        LoadPlan plan = await LoadPlan.CreateAsync(
            database, request, new LoadTransactionOptions { LockTimeout = options.LockTimeout }, cancellationToken).ConfigureAwait(false);
        plan.ThrowIfRefused();
        return plan;
    }

    private static List<string> Remarks(BackfillRun run, LedgerSpan? range, BackfillReport.CursorSection cursor)
    {
        var remarks = new List<string>();
        if (range is null) remarks.Add($"{run.Source.Location} contains no ledger.");
        if (cursor.Before is null)
        {
            remarks.Add(
                "This database has no oldest_ingest_ledger, and the run did not create one. Loading a checkpoint (populate) or live "
                    + "ingestion creates it.");
        }
        else if (range is { } loaded && cursor.After > loaded.First)
        {
            remarks.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"oldest_ingest_ledger stays at {cursor.After}: some ledgers between it and the ledgers of this run are missing. The "
                        + $"command gaps lists them."));
        }

        if (run.LedgersFound > 0)
        {
            remarks.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{run.LedgersFound:N0} ledgers were written by another program. Their tables agree with each other, but it is not "
                        + $"known what proves them."));
        }

        return remarks;
    }
}
