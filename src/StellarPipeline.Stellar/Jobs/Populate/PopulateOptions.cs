using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>How a checkpoint is loaded.</summary>
public sealed record PopulateOptions
{
    // A chunk holds 256 KiB of entries. The row of an account or trustline is about as long as its entry, and no row is twice as long.
    private const int ChunkRowBytes = 512 * 1024;

    /// <summary>The checkpoint to load: of a ledger, or the newest one of the archive.</summary>
    /// <value>Default <see cref="CheckpointChoice.Latest"/>.</value>
    public CheckpointChoice Checkpoint { get; init; }

    /// <summary>The network that the archive must belong to; null for the network that the archive names.</summary>
    public StellarNetwork? Network { get; init; }

    /// <summary>Ledgers per checkpoint.</summary>
    /// <value>Default 64, as on every public network; 8 on networks that run with accelerated time.</value>
    public int CheckpointFrequency { get; init; } = 64;

    /// <summary>Most rows in one COPY.</summary>
    /// <value>Rows, 1 to 4,000,000. Default 250,000.</value>
    public int BatchRows { get; init; } = 250_000;

    /// <summary>Most bytes in one COPY.</summary>
    /// <value>Bytes, 1 MiB to 1 GiB. Default 32 MiB: about 250,000 rows of trustlines.</value>
    public long BatchBytes { get; init; } = 32L << 20;

    /// <summary>Most bytes of encoded rows that are in memory at a time.</summary>
    /// <value>Bytes. At least 16 MiB, at least one and a half times <see cref="BatchBytes"/>, and at least 1.5 MiB times the number of
    /// decode workers plus four. Default 48 MiB: a full batch and half of the next one. Pages that were sent make room at once.</value>
    public long RowBytesInFlight { get; init; } = 48L << 20;

    /// <summary>Workers that decode entries and encode rows.</summary>
    /// <value>1 to 64; more than 28 need a larger <see cref="RowBytesInFlight"/> than the default. Default 1: one worker keeps up with the
    /// server, and the server needs the other cores.</value>
    public int DecodeWorkers { get; init; } = 1;

    /// <summary>Empties the tables first, in the same transaction. Default false: the load is refused if any table has rows.</summary>
    public bool Replace { get; init; }

    /// <summary>
    /// Whether <see cref="Replace"/> may change rows of other tables as their foreign keys and triggers say: delete them, set columns to
    /// NULL, fire triggers.
    /// </summary>
    /// <value>Default false: such a load is refused, and the message has the tables and their numbers of rows.</value>
    public bool MayChangeDependents { get; init; }

    /// <summary>
    /// Removes, in the same transaction, everything above the checkpoint in a database that ingestion has worked on: history rows, the
    /// cursors of protocols, and the current state of SEP-41. Default false: a load that needs it is refused, and the message has the
    /// counts.
    /// </summary>
    public bool DiscardHistoryAbove { get; init; }

    /// <summary>
    /// Takes name, symbol and decimals of token contracts from their instance storage. wallet-backend fills them later, by RPC calls.
    /// Default false: the tables are then equal to those after wallet-backend's own load.
    /// </summary>
    public bool TokenMetadata { get; init; }

    /// <summary>How foreign keys are kept during the load.</summary>
    /// <value>Default <see cref="ForeignKeyChoice.Auto"/>: the cheapest way that the role may use. Every key is proved before COMMIT: by an
    /// anti-join, or by PostgreSQL itself.</value>
    public ForeignKeyChoice ForeignKeys { get; init; }

    /// <summary>
    /// Whether primary keys and other indexes are dropped before the load and built again after it, in the same transaction.
    /// </summary>
    /// <value>Default <see cref="IndexRebuild.Auto"/>: if the tables are empty, the role owns them, and 100,000 rows or more are
    /// expected. It requires the strategy <c>recreate</c>.</value>
    public IndexRebuild IndexRebuild { get; init; } = IndexRebuild.Auto;

    /// <summary>Runs the anti-join also for keys that PostgreSQL itself has checked (recreate, ordered, deferred).</summary>
    /// <value>Default false. Under the strategy replica every key is proved with an anti-join in any case.</value>
    public bool ProveAlways { get; init; }

    /// <summary>Receives the plan, the steps of the strategy and the proofs as structured events; null for none.</summary>
    public IAuditSink? Audit { get; init; }

    /// <summary>
    /// Called with the plan of the load: after the checks, and again when the load holds its locks; null for none.
    /// </summary>
    public Action<LoadPlan>? Planned { get; init; }

    /// <summary>Name and version of the program, for the record that the load leaves in the database: <see cref="LastLoad"/>.</summary>
    public string ProgramVersion { get; init; } = typeof(PopulateOptions).Assembly.GetName().Version?.ToString() ?? "unknown";

    /// <summary>How long a statement of the load may wait for a lock that another session holds.</summary>
    /// <value>Default 1 minute; 0 waits without limit; at most 24 days, PostgreSQL's own limit.</value>
    public TimeSpan LockTimeout { get; init; } = new LoadTransactionOptions().LockTimeout;

    /// <summary>How long to ask the server for the outcome if the connection is lost during COMMIT.</summary>
    /// <value>Default 1 minute, in which most servers restart.</value>
    public TimeSpan CommitProbeLimit { get; init; } = new LoadTransactionOptions().CommitProbeLimit;

    /// <summary>
    /// Notified when COMMIT is sent and when its outcome is known, so that a request to stop the program can be answered; null for none.
    /// </summary>
    public CommitWatch? CommitWatch { get; init; }

    /// <summary>
    /// How long nothing may move, while neither the archive nor the database is working, before the load fails as stalled. It protects
    /// against lost wake-ups.
    /// </summary>
    /// <remarks>
    /// The archive is working while a bucket is downloaded, waits for its turn, or is downloaded by another process that shares the cache:
    /// these have their own timeouts, or end with that process.
    /// </remarks>
    /// <value>1 second to 24 days. Default 2 minutes; <see cref="Timeout.InfiniteTimeSpan"/> waits without limit.</value>
    public TimeSpan StallLimit { get; init; } = new StageGraphOptions().StallLimit;

    /// <summary>Migrates the schema first. Default true.</summary>
    public bool Migrate { get; init; } = true;

    /// <summary>Largest decompressed size of a bucket.</summary>
    /// <value>Bytes, at least 1 MiB. Default 100 GiB, stellar-core's own limit.</value>
    public long BucketBytes { get; init; } = 100L << 30;

    /// <summary>
    /// Further projections to store besides the wallet tables, in the same transaction. Each function creates its projection for the
    /// checkpoint of the load. The load does not dispose of these projections: the caller must, after the load.
    /// </summary>
    public IReadOnlyList<Func<CheckpointProof, StellarNetwork, PagePool, IProjection<LedgerEntryView>>> MoreProjections { get; init; } = [];

    /// <summary>
    /// When batches are closed. Open batches may hold two thirds of <see cref="RowBytesInFlight"/>; the rest is for the rows of the next
    /// chunk.
    /// </summary>
    internal RowAccumulatorOptions Accumulation =>
        new() { RowsPerBatch = BatchRows, BytesPerBatch = BatchBytes, MaxOpenBytes = RowBytesInFlight / 3 * 2 };

    /// <summary>Checks every option.</summary>
    /// <exception cref="PopulateException">Kind <see cref="FailureKind.Usage"/>: all problems in one message.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        Check(CheckpointFrequency is >= 2 and <= 65_536,
            $"the checkpoint frequency is {CheckpointFrequency:N0}; it must be 2 to 65,536 ledgers");
        Check(BatchRows is >= 1 and <= 4_000_000, $"the batch size is {BatchRows:N0} rows; it must be 1 to 4,000,000");
        Check(BatchBytes is >= 1 << 20 and <= 1 << 30, $"the batch size is {BatchBytes:N0} bytes; it must be 1 MiB to 1 GiB");
        Check(RowBytesInFlight >= 16 << 20, $"{RowBytesInFlight:N0} bytes in flight are too few; there must be at least 16 MiB");
        Check(RowBytesInFlight >= BatchBytes + (BatchBytes / 2),
            $"{RowBytesInFlight:N0} bytes in flight are less than one and a half batches of {BatchBytes:N0} bytes");
        Check(DecodeWorkers is >= 1 and <= 64, $"{DecodeWorkers:N0} decode workers; there must be 1 to 64");

        // Rows that are finished before those of an earlier chunk wait for them, and hold bytes: all of them must fit in the third that
        // open batches leave.
        Check(RowBytesInFlight / 3 / ChunkRowBytes >= DecodeWorkers + EntryPipeline.ChunkLinkItems,
            $"{RowBytesInFlight:N0} bytes in flight are too few for {DecodeWorkers:N0} decode workers; there must be at least {3L
                * ChunkRowBytes * (DecodeWorkers + EntryPipeline.ChunkLinkItems):N0}");
        Check(
            Enum.IsDefined(ForeignKeys),
            $"the foreign-key strategy {(int)ForeignKeys} is none; it must be one of {string.Join(
                ", ", Enum.GetNames<ForeignKeyChoice>())}");
        Check(Enum.IsDefined(IndexRebuild),
            $"the rebuild of indexes {(int)IndexRebuild} is none; it must be one of {string.Join(", ", Enum.GetNames<IndexRebuild>())}");
        Check(CommitProbeLimit >= TimeSpan.Zero && CommitProbeLimit <= TimeSpan.FromDays(24),
            $"the limit for asking about COMMIT is {CommitProbeLimit.TotalSeconds:N1} s; it must be 0 to 24 days");
        Check(IndexRebuild != IndexRebuild.Always || ForeignKeys is ForeignKeyChoice.Auto or ForeignKeyChoice.Recreate,
            $"indexes are rebuilt only together with the foreign-key strategy recreate, not with {ForeignKeys}");
        Check(LockTimeout >= TimeSpan.Zero && LockTimeout <= TimeSpan.FromDays(24),
            $"the lock timeout is {LockTimeout.TotalSeconds:N0} s; it must be 0 (no limit) to 2,073,600 s");
        Check((StallLimit >= TimeSpan.FromSeconds(1) && StallLimit <= TimeSpan.FromDays(24)) || StallLimit == Timeout.InfiniteTimeSpan,
            $"the stall limit is {StallLimit.TotalSeconds:N1} s; it must be 1 s to 24 days, or infinite");
        Check(BucketBytes >= 1 << 20, $"the bucket limit is {BucketBytes:N0} bytes; it must be at least 1 MiB");
        if (problems.Count > 0) throw PopulateThrow.Options(problems);

        void Check(bool isValid, FormattableString problem)
        {
            if (!isValid) problems.Add(FormattableString.Invariant(problem));
        }
    }
}
