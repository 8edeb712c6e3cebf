using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Loads a checkpoint: proves it against the history archive and fills the wallet tables from it, in one transaction.</summary>
/// <remarks>
/// The methods follow the way of the data from top to bottom. A reader of the database sees the old state or the new one. After a failure
/// nothing remains, not even a migration. An instance makes one load.
/// </remarks>
public sealed class CheckpointPopulation
{
    // Measured on generated archives: 75 to 120 bytes of compressed bucket for each row.
    private const long StoredBytesPerRow = 100;

    private readonly HistoryArchive archive;
    private readonly NpgsqlDataSource database;
    private readonly PopulateOptions options;
    private readonly ILoggerFactory loggers;
    private readonly PhaseTimer phases;
    private readonly PagePool pages = new();
    private readonly ByteBudget budget;

    /// <summary>Creates a load.</summary>
    /// <param name="archive">Where the checkpoint is read from.</param>
    /// <param name="database">Where rows are written; the caller owns it.</param>
    /// <param name="options">The options of the load.</param>
    /// <param name="loggers">Where the load logs.</param>
    /// <exception cref="PopulateException">An option is out of range.</exception>
    public CheckpointPopulation(HistoryArchive archive, NpgsqlDataSource database, PopulateOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.archive = archive;
        this.database = database;
        this.options = options;
        this.loggers = loggers;
        phases = new PhaseTimer((phase, seconds) => StellarLog.PhaseEnded(loggers.CreateLogger<CheckpointPopulation>(), phase, seconds));
        budget = new ByteBudget(options.RowBytesInFlight);
    }

    /// <summary>The database session of the load; null before it is open.</summary>
    internal ServerSession? Session { get; private set; }

    /// <summary>Sessions of earlier attempts that the server may not know to be lost yet.</summary>
    internal IReadOnlyList<ServerSession> LostSessions { get; set; } = [];

    /// <summary>Runs the load.</summary>
    /// <param name="progress">Gets a report about once a second; null for none.</param>
    /// <param name="cancellationToken">Rolls back the load.</param>
    /// <returns>The report, after COMMIT.</returns>
    /// <exception cref="PipelineException">The load was refused or failed. Nothing was committed, unless the message says that the outcome
    /// of COMMIT is unknown.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; nothing was committed.</exception>
    public async Task<PopulateReport> RunAsync(IProgress<PopulateProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await StellarTelemetry.RunAsync("populate", () => LoadAsync(progress, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            if (pages.Outstanding > 0) StellarLog.PagesLost(loggers.CreateLogger<CheckpointPopulation>(), pages.Outstanding);
        }
    }

    /// <summary>
    /// Makes all checks of the load, in the same order and with the same code, and changes nothing: proof, network, rights, locks, keys and
    /// empty tables.
    /// </summary>
    /// <param name="cancellationToken">Stops the checks.</param>
    /// <returns>What the load would do.</returns>
    /// <exception cref="PipelineException">The load would be refused.</exception>
    public async Task<PopulateForecast> CheckAsync(CancellationToken cancellationToken = default)
    {
        ChosenCheckpoint chosen = await ProveAsync(cancellationToken).ConfigureAwait(false);
        CheckpointProof proof = chosen.Proof;
        StellarNetwork network = options.Network
            ?? (proof.NetworkPassphrase is { } passphrase ? StellarNetwork.Parse(passphrase) : throw PopulateThrow.UnknownNetwork());
        using var wallet = new WalletProjection(proof.Checkpoint, network, pages, options.TokenMetadata);
        var checks = new PopulateChecks(options, [wallet]);
        LoadPlan plan = await PlanAsync(proof, network, checks, cancellationToken).ConfigureAwait(false);
        plan.ThrowIfRefused();
        BucketFetchPlan? fetch = archive.Transport is CachingTransport cache
            ? await new BucketPrefetcher(cache).PlanAsync(proof.AllBuckets(), cancellationToken).ConfigureAwait(false)
            : null;
        long stored = await archive.FindStoredBytesAsync(proof.State.Buckets(BucketListKind.Live), cancellationToken).ConfigureAwait(false);
        checks.ExpectedRows = stored / StoredBytesPerRow;
        plan = plan.Reconsider(plan.Asked);
        return new PopulateForecast(
            proof.Checkpoint, network.Name, archive.Transport.Location, proof.Trust.ToString(), stored,
            fetch is null ? 0 : fetch.MissingBytes - fetch.LeftoverBytes, checks.ExpectedRows,
            plan.Server, plan.ForeignKeys?.Chosen?.Name ?? "",
            [.. chosen.Remarks, .. plan.Preflight.Findings.Select(finding => finding.Message)]);
    }

    private async Task<PopulateReport> LoadAsync(IProgress<PopulateProgress>? progress, CancellationToken cancellationToken)
    {
        using var reporter = new ProgressReporter(progress, phases, archive, budget);
        ChosenCheckpoint chosen = await phases.MeasureAsync("proof", () => ProveAsync(cancellationToken)).ConfigureAwait(false);
        CheckpointProof proof = chosen.Proof;
        StellarNetwork network = options.Network
            ?? (proof.NetworkPassphrase is { } passphrase ? StellarNetwork.Parse(passphrase) : throw PopulateThrow.UnknownNetwork());
        var source = CheckpointEntrySource.Create(archive, proof, new ArchiveReadOptions { MaxBucketBytes = options.BucketBytes });
        using var wallet = new WalletProjection(proof.Checkpoint, network, pages, options.TokenMetadata);
        IProjection<LedgerEntryView>[] projections = [wallet, .. options.MoreProjections.Select(make => make(proof, network, pages))];

        // Everything that can refuse the load is checked before the first bucket is downloaded and before anything is changed.
        var checks = new PopulateChecks(options, projections);
        LoadPlan plan =
            await phases.MeasureAsync("check", () => PlanAsync(proof, network, checks, cancellationToken)).ConfigureAwait(false);
        plan.ThrowIfRefused();
        options.Planned?.Invoke(plan);

        // Remote buckets are downloaded and verified before any lock is taken, so that no other session waits for the network, neither for
        // locks on the tables nor because of an old snapshot.
        BucketFetchPlan? fetch =
            await phases.MeasureAsync("plan", () => archive.PrefetchAsync(proof, cancellationToken)).ConfigureAwait(false);
        reporter.StoredBytes = await archive.FindStoredBytesAsync(source.Buckets, cancellationToken).ConfigureAwait(false);
        checks.ExpectedRows = reporter.StoredBytes / StoredBytesPerRow; // An estimate: decides how rows are loaded, never which.
        plan = plan.Reconsider(plan.Asked);
        if (fetch is not null)
            await phases.MeasureAsync("fetch", () => archive.WaitForBucketsAsync(fetch, cancellationToken)).ConfigureAwait(false);

        using var pipeline = new EntryPipeline(source, projections, pages, budget, options);
        reporter.Pipeline = pipeline;
        LivingDatabase? living = null;
        BulkLoad? load = null;
        load = plan.NewLoad(Steps(), cancellationToken);
        await using (load.ConfigureAwait(false))
        {
            reporter.Load = load;

            // Entries are read and decoded while the transaction opens. If it cannot be opened, its error is the first of the three.
            Task opened = OpenAsync(load, wallet);
            await Task.WhenAll(
                opened, pipeline.RunAsync(load, opened, loggers.CreateLogger<StageGraph>(), cancellationToken),
                VerifyHotArchiveAsync(proof, load)).ConfigureAwait(false);

            if (proof.State.NetworkPassphrase is null && wallet.Passphrase.Judge() is { } remark) chosen = Remark(chosen, remark);
            if (pipeline.Tallies[0].OfOutcome((int)WalletOutcome.ExternalReference) is > 0 and var external)
            {
                chosen =
                    Remark(chosen, string.Create(CultureInfo.InvariantCulture,
                        $"{external:N0} contracts run code that the data of another address names (CAP-85), so they have no code hash of "
                            + $"their own. wallet-backend's tables cannot hold them, so they were left out."));
            }

            LoadResult result = await load.CommitAsync(cancellationToken).ConfigureAwait(false);
            foreach (LoadPhase phase in result.Phases)
                StellarLog.PhaseEnded(loggers.CreateLogger<CheckpointPopulation>(), phase.Name, phase.Duration.TotalSeconds);
            return new ReportBuilder(
                archive, chosen, network, source, projections, pipeline, result, load, checks, living!, wallet, phases, budget).Build();
        }

        // In the order in which they run, in one transaction.
        LoadOptions Steps() => new()
        {
            Transaction = LoadSettings(network),
            Accumulator = options.Accumulation,
            Budget = budget,
            Audit = new CompositeAuditSink(
                options.Audit ?? NullAuditSink.Instance, new LoggerAuditSink(loggers.CreateLogger<LoggerAuditSink>())),
            Opened = transaction =>
            {
                Session = transaction.Session;
                living = new LivingDatabase(transaction, proof.Checkpoint, options.DiscardHistoryAbove);
            },
            ChangeSchema =
                options.Migrate ? new CommitStep("schema", (transaction, token) => MigrateAsync(transaction, plan, token)) : null,
            Prepare = new CommitStep("read history", (_, token) => living!.PrepareAsync(token)),
            LateRows = pipeline.TakeLateRows,
            BeforeProof = [.. projections.SelectMany(projection => projection.BeforeProof),
                new CommitStep("restore classification", (_, token) => living!.RestoreAsync(token))],
            CommitSteps = [.. projections.SelectMany(projection => projection.CommitSteps),
                new CommitStep("move cursors", async (transaction, token) =>
                {
                    pipeline.CheckCounts(load!.Counters);
                    var cursors = new IngestStore(transaction);
                    await cursors.SetAsync(IngestStore.Latest, proof.Checkpoint, token).ConfigureAwait(false);
                    await cursors.SetAsync(IngestStore.Oldest, living!.OldestLedger, token).ConfigureAwait(false);
                    // The first ledger after the checkpoint must name this hash as its previous-ledger hash.
                    await cursors.SetAsync(new LedgerMark(proof.Checkpoint, proof.HeaderHash).Row, token).ConfigureAwait(false);
                    await LastLoad.WriteAsync(
                        transaction, proof, network, load.Counters.Sum(table => table.Rows), phases.Elapsed, options.ProgramVersion, token)
                        .ConfigureAwait(false);
                })],
        };
    }

    /// <summary>Proves the archive state against the ledger headers. No bucket is read before this succeeds.</summary>
    private async Task<ChosenCheckpoint> ProveAsync(CancellationToken cancellationToken)
    {
        ChosenCheckpoint chosen = await archive.ChooseCheckpointAsync(options.Checkpoint.Ledger, cancellationToken).ConfigureAwait(false);
        if (chosen.Proof.Checkpoint > int.MaxValue) throw PopulateThrow.CheckpointTooLarge(chosen.Proof.Checkpoint);
        return chosen.Remarks.Aggregate(chosen with { Remarks = [] }, Remark);
    }

    /// <summary>Logs a remark at once, and adds it to the report.</summary>
    private ChosenCheckpoint Remark(ChosenCheckpoint chosen, string remark)
    {
        StellarLog.Remark(loggers.CreateLogger<HistoryArchive>(), remark);
        return chosen with { Remarks = [.. chosen.Remarks, remark] };
    }

    /// <summary>Runs the checks of the load in a separate transaction.</summary>
    private Task<LoadPlan> PlanAsync(
        CheckpointProof proof, StellarNetwork network, PopulateChecks checks, CancellationToken cancellationToken) =>
        new PopulatePlanner(database, options, loggers).LookAsync(checks, LoadSettings(network), look =>
        {
            Session = look.Session;
            return new LivingDatabase(look, proof.Checkpoint, options.DiscardHistoryAbove).CheckAsync;
        }, cancellationToken);

    /// <summary>Opens the load and tells the projection what its tables require.</summary>
    private async Task OpenAsync(BulkLoad load, WalletProjection wallet)
    {
        await load.BeginAsync().ConfigureAwait(false);
        options.Planned?.Invoke(load.Plan);
        wallet.WantsProvedAssets = PopulateChecks.WantsProvedAssets(load.Plan.Preflight);
    }

    /// <summary>Migrates the schema in the load's transaction: if the load fails later, no table of it remains.</summary>
    private async Task MigrateAsync(LoadTransaction load, LoadPlan plan, CancellationToken cancellationToken) =>
        await PopulatePlanner.Migrations(database, loggers)
            .UpInTransactionAsync(load.Connection, load.RequireSchema(), () => plan.CheckAgainAsync(load, cancellationToken),
                cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Verifies the hot archive during the load. It contributes no rows, but the header commits to it, so its buckets are read to their
    /// ends and hashed like the others. A mismatch fails the load; this method does not throw.
    /// </summary>
    private async Task VerifyHotArchiveAsync(CheckpointProof proof, BulkLoad load)
    {
        try
        {
            var reading = new ArchiveReadOptions { MaxBucketBytes = options.BucketBytes };
            foreach (BucketReference bucket in proof.State.Buckets(BucketListKind.HotArchive).DistinctBy(bucket => bucket.Hash))
            {
                await BucketVerifier.VerifyAsync(archive, proof, bucket, reading, load.Token).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // The load keeps the error, and throws its first one.
        catch (Exception error)
#pragma warning restore CA1031
        {
            load.Fail(error);
        }
    }

    private LoadTransactionOptions LoadSettings(StellarNetwork network) => new()
    {
        AdvisoryLocks = PopulatePlanner.Locks(network),
        LockTimeout = options.LockTimeout,
        CommitProbeLimit = options.CommitProbeLimit,
        CommitWatch = options.CommitWatch,
        LockWaits = text => StellarLog.LockWaits(loggers.CreateLogger<LoadTransaction>(), text),
        CommitWaits = text => StellarLog.CommitWaits(loggers.CreateLogger<LoadTransaction>(), text),
        LostSessions = LostSessions,
    };
}
