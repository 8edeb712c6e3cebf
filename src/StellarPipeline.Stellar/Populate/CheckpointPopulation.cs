using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Archive;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Wallet;

namespace StellarPipeline.Stellar.Populate;

/// <summary>The main job: proves one checkpoint of a history archive and fills the wallet tables from it, in one transaction.</summary>
/// <remarks>
/// Read it top to bottom: it is the way of the data. A reader of the database sees the old state or the new one; a failure anywhere leaves nothing, not even a migration.
/// One instance makes one load.
/// </remarks>
public sealed class CheckpointPopulation
{
    // Measured on generated archives: 75 to 120 bytes of compressed bucket for each row.
    private const long StoredBytesPerRow = 100;

    private readonly HistoryArchive archive;
    private readonly NpgsqlDataSource database;
    private readonly PopulateOptions options;
    private readonly ILoggerFactory loggers;
    private readonly PhaseTimer phases = new();
    private readonly PagePool pages = new();
    private readonly ByteBudget budget;

    /// <summary>Makes a load.</summary>
    /// <param name="archive">Where the checkpoint is read from.</param>
    /// <param name="database">Where the rows go; the caller owns it.</param>
    /// <param name="options">How.</param>
    /// <param name="loggers">Where it is told what is done.</param>
    /// <exception cref="PopulateException">The options are wrong.</exception>
    public CheckpointPopulation(HistoryArchive archive, NpgsqlDataSource database, PopulateOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.archive = archive;
        this.database = database;
        this.options = options;
        this.loggers = loggers;
        budget = new ByteBudget(options.RowBytesInFlight);
    }

    /// <summary>The server's session of the load; null before it is open.</summary>
    internal ServerSession? Session { get; private set; }

    /// <summary>Sessions of earlier attempts, of which the server may not know yet that they are lost.</summary>
    internal IReadOnlyList<ServerSession> LostSessions { get; set; } = [];

    /// <summary>Runs the load.</summary>
    /// <param name="progress">Told about once a second; null for nobody.</param>
    /// <param name="cancellationToken">Rolls the load back.</param>
    /// <returns>The report, after COMMIT.</returns>
    /// <exception cref="PipelineException">Why the load was refused or failed; nothing was committed, unless the message says that the outcome of COMMIT is unknown.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; nothing was committed.</exception>
    public async Task<PopulateReport> RunAsync(IProgress<PopulateProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await LoadAsync(progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (pages.Outstanding > 0) loggers.CreateLogger("load").LogWarning("{Pages} pages of rows were not given back to their pool. This is a bug in stellar-pipeline, which concerns memory and no rows.", pages.Outstanding);
        }
    }

    private async Task<PopulateReport> LoadAsync(IProgress<PopulateProgress>? progress, CancellationToken cancellationToken)
    {
        ChosenCheckpoint chosen = await phases.MeasureAsync("proof", () => ProveAsync(cancellationToken)).ConfigureAwait(false);
        CheckpointProof proof = chosen.Proof;
        StellarNetwork network = options.Network ?? (proof.NetworkPassphrase is { } passphrase ? StellarNetwork.Parse(passphrase) : throw PopulateThrow.UnknownNetwork());
        var source = CheckpointEntrySource.Create(archive, proof, new ArchiveReadOptions { BucketBytesMax = options.BucketBytes });
        using var projection = new WalletProjection(proof.Checkpoint, network, pages, options.TokenMetadata);

        // Whatever would refuse the load does so before the first bucket is fetched and before anything is changed.
        await phases.MeasureAsync("check", () => CheckAsync(proof, network, projection, cancellationToken)).ConfigureAwait(false);

        // What is far away arrives, and is verified, before any lock: nobody waits for the network, neither for the tables nor for the snapshot of a transaction.
        BucketFetchPlan? fetch = await phases.MeasureAsync("plan", () => archive.PrefetchAsync(proof, cancellationToken)).ConfigureAwait(false);
        long expectedRows = await archive.FindStoredBytesAsync(source.Buckets, cancellationToken).ConfigureAwait(false) / StoredBytesPerRow; // A guess: decides how to load, never what.
        if (fetch is not null) await phases.MeasureAsync("fetch", () => FetchAsync(fetch, progress, cancellationToken)).ConfigureAwait(false);
        await phases.MeasureAsync("hot archive", () => VerifyHotArchiveAsync(proof, cancellationToken)).ConfigureAwait(false);
        LoadTransaction load = await LoadTransaction.OpenAsync(database, LoadSettings(network), cancellationToken).ConfigureAwait(false);
        await using (load.ConfigureAwait(false))
        {
            Session = load.Session;
            LoadTarget target = Target(load, proof, projection, expectedRows);
            await phases.MeasureAsync("schema", () => MigrateAsync(load, target, cancellationToken)).ConfigureAwait(false);
            await phases.MeasureAsync("preflight", () => target.PrepareAsync(cancellationToken)).ConfigureAwait(false);
            projection.WantsProvedAssets = target.WantsProvedAssets;

            using var run = new LoadRun(source, projection, target, pages, budget, options, loggers);
            using (var reporter = new ProgressReporter(progress, phases, run)) await phases.MeasureAsync("load", () => run.RunAsync(cancellationToken)).ConfigureAwait(false);
            if (proof.State.NetworkPassphrase is null && projection.Passphrase.Judge() is { } remark) chosen = Remark(chosen, remark);

            await phases.MeasureAsync("foreign keys", () => target.ProveAsync(projection.Updates, projection.Unproved, cancellationToken)).ConfigureAwait(false);
            run.CheckCounts();
            await phases.MeasureAsync("commit", () => target.CommitAsync(proof.Checkpoint, cancellationToken)).ConfigureAwait(false);
            return new ReportBuilder(archive, chosen, network, source, projection, run, target, phases, budget).Build();
        }
    }

    /// <summary>The archive state, bound to the ledger headers; no bucket is read before this holds.</summary>
    private async Task<ChosenCheckpoint> ProveAsync(CancellationToken cancellationToken)
    {
        ChosenCheckpoint chosen = await archive.ChooseCheckpointAsync(options.Checkpoint.Ledger, cancellationToken).ConfigureAwait(false);
        if (chosen.Proof.Checkpoint > int.MaxValue) throw PopulateThrow.CheckpointTooLarge(chosen.Proof.Checkpoint);
        return chosen.Remarks.Aggregate(chosen with { Remarks = [] }, Remark);
    }

    /// <summary>Tells what is remarkable at once, and again in the report.</summary>
    private ChosenCheckpoint Remark(ChosenCheckpoint chosen, string remark)
    {
        loggers.CreateLogger("archive").LogWarning("{Remark}", remark);
        return chosen with { Remarks = [.. chosen.Remarks, remark] };
    }

    /// <summary>The checks of the load in a transaction of their own, which ends with them.</summary>
    private async Task CheckAsync(CheckpointProof proof, StellarNetwork network, WalletProjection projection, CancellationToken cancellationToken)
    {
        LoadTransaction trial = await LoadTransaction.OpenAsync(database, LoadSettings(network), cancellationToken).ConfigureAwait(false);
        Session = trial.Session;
        await using (trial.ConfigureAwait(false))
        {
            bool isPending = false;
            if (options.Migrate)
            {
                await trial.GuardAsync("The look at the migrations", async () => isPending = await Migrations().CheckUpInTransactionAsync(trial.Connection, trial.RequireSchema(), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }

            await Target(trial, proof, projection, expectedRows: 0).CheckAsync(isPending, cancellationToken).ConfigureAwait(false);
        }
    }

    private MigrationRunner Migrations() => new(database, WalletSchema.Migrations, new MigrationRunnerOptions(), loggers.CreateLogger("schema"));

    private LoadTarget Target(LoadTransaction load, CheckpointProof proof, WalletProjection projection, long expectedRows) =>
        new(load, projection.Tables, expectedRows, budget, options, loggers) { Living = new LivingDatabase(load, proof.Checkpoint, options.DiscardHistoryAbove) };

    /// <summary>Waits until every bucket is in the cache, verified.</summary>
    private async Task FetchAsync(BucketFetchPlan fetch, IProgress<PopulateProgress>? progress, CancellationToken cancellationToken)
    {
        using var reporter = new ProgressReporter(progress, phases, null);
        await archive.WaitForBucketsAsync(fetch, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings the schema up to date inside the load's transaction: whatever refuses or ends the load later, no table of it remains.</summary>
    private Task MigrateAsync(LoadTransaction load, LoadTarget target, CancellationToken cancellationToken) => !options.Migrate ? Task.CompletedTask : load.GuardAsync("The migration of the schema", async () =>
    {
        await load.EnterStageAsync("schema", cancellationToken).ConfigureAwait(false);
        await Migrations().UpInTransactionAsync(load.Connection, load.RequireSchema(), () => target.CheckAsync(isMigratedLater: true, cancellationToken), cancellationToken).ConfigureAwait(false);
    }, cancellationToken);

    /// <summary>The rows do not come from the hot archive, but the header commits to it: its buckets are read to their ends and hashed like the others.</summary>
    private async Task VerifyHotArchiveAsync(CheckpointProof proof, CancellationToken cancellationToken)
    {
        var reading = new ArchiveReadOptions { BucketBytesMax = options.BucketBytes };
        foreach (BucketReference bucket in proof.State.Buckets(BucketListKind.HotArchive).DistinctBy(bucket => bucket.Hash))
        {
            await BucketVerifier.VerifyAsync(archive, proof, bucket, reading, cancellationToken).ConfigureAwait(false);
        }
    }

    private LoadTransactionOptions LoadSettings(StellarNetwork network) => new()
    {
        AdvisoryLocks = [.. network.IngestLockKeys.Select(key => new AdvisoryLock(key, $"ingestion of {network.Name}"))],
        LockTimeout = options.LockTimeout,
        CommitProbeLimit = options.CommitProbeLimit,
        CommitWatch = options.CommitWatch,
        CommitWaits = text => loggers.CreateLogger("database").LogWarning("{Text}", text),
        LostSessions = LostSessions,
    };
}
