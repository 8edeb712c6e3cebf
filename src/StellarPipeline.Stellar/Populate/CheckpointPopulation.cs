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
        ChosenCheckpoint chosen = await phases.MeasureAsync("proof", () => ProveAsync(cancellationToken)).ConfigureAwait(false);
        CheckpointProof proof = chosen.Proof;
        StellarNetwork network = options.Network ?? (proof.NetworkPassphrase is { } passphrase ? StellarNetwork.Parse(passphrase) : throw PopulateThrow.UnknownNetwork());
        var source = CheckpointEntrySource.Create(archive, proof, new ArchiveReadOptions { BucketBytesMax = options.BucketBytes });
        using var projection = new WalletProjection(proof.Checkpoint, network, pages);

        // Where the archive is far away, its buckets arrive from here on, while everything below goes on.
        await phases.MeasureAsync("plan", () => archive.PrefetchAsync(proof, cancellationToken)).ConfigureAwait(false);
        long expectedRows = await archive.FindStoredBytesAsync(source.Buckets, cancellationToken).ConfigureAwait(false) / StoredBytesPerRow; // A guess: decides how to load, never what.
        LoadTransaction load = await LoadTransaction.OpenAsync(database, LoadSettings(network), cancellationToken).ConfigureAwait(false);
        await using (load.ConfigureAwait(false))
        {
            Session = load.Session;
            var target = new LoadTarget(load, projection.Tables, expectedRows, budget, options, loggers);
            await phases.MeasureAsync("schema", () => MigrateAsync(load, cancellationToken)).ConfigureAwait(false);
            await phases.MeasureAsync("preflight", () => target.PrepareAsync(cancellationToken)).ConfigureAwait(false);

            using var run = new LoadRun(source, projection, target, pages, budget, options, loggers);
            using (var reporter = new ProgressReporter(progress, phases, run)) await phases.MeasureAsync("load", () => run.RunAsync(cancellationToken)).ConfigureAwait(false);

            await phases.MeasureAsync("hot archive", () => VerifyHotArchiveAsync(proof, cancellationToken)).ConfigureAwait(false);
            await phases.MeasureAsync("foreign keys", () => target.ProveAsync(projection.Updates, cancellationToken)).ConfigureAwait(false);
            run.CheckCounts();
            await phases.MeasureAsync("commit", () => target.CommitAsync(proof.Checkpoint, cancellationToken)).ConfigureAwait(false);
            return new ReportBuilder(archive, chosen, network, source, projection, run, target, phases, budget).Build();
        }
    }

    /// <summary>The archive state, bound to the ledger headers; no bucket is read before this holds.</summary>
    private async Task<ChosenCheckpoint> ProveAsync(CancellationToken cancellationToken)
    {
        ChosenCheckpoint chosen = await archive.ChooseCheckpointAsync(options.Checkpoint, cancellationToken).ConfigureAwait(false);
        ILogger logger = loggers.CreateLogger("archive");
        foreach (string remark in chosen.Remarks) logger.LogWarning("{Remark}", remark);
        return chosen;
    }

    /// <summary>Brings the schema up to date inside the load's transaction: whatever refuses or ends the load later, no table of it remains.</summary>
    private Task MigrateAsync(LoadTransaction load, CancellationToken cancellationToken) => !options.Migrate ? Task.CompletedTask : load.GuardAsync("The migration of the schema", async () =>
    {
        await load.EnterStageAsync("schema", cancellationToken).ConfigureAwait(false);
        var runner = new MigrationRunner(database, WalletSchema.Migrations, new MigrationRunnerOptions(), loggers.CreateLogger("schema"));
        await runner.UpInTransactionAsync(load.Connection, load.RequireSchema(), () => SchemaGuard.RequireEmptyAsync(load, options.Replace, cancellationToken), cancellationToken).ConfigureAwait(false);
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
