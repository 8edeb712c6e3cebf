using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What the parts of one run share.</summary>
internal sealed record BackfillRun(
    ILedgerSource Source, NpgsqlDataSource Database, BackfillOptions Options, LoadPlan Plan, LeaseStore Leases, ProofChain Proofs,
    BackfillMeter Meter,
    ILoggerFactory Loggers)
{
    /// <summary>The pool of pages.</summary>
    public PagePool Pages { get; } = new();

    /// <summary>The latest ledger of live ingestion, which writes the ledgers after it; null if there is no live ingestion.</summary>
    public uint? Latest { get; init; }

    /// <summary>Whether the database has a table of cursors.</summary>
    public bool HasCursors { get; init; }

    /// <summary>Checks for retention policies that would drop loaded rows.</summary>
    public required RetentionGuard Retention { get; init; }

    /// <summary>Makes partitions for ledgers that are written in place; null if none are needed.</summary>
    public HistoryPartitions? Partitions { get; init; }

    /// <summary>What a first reading of a file proved with a trusted hash; null if there was none.</summary>
    public StreamProof? Proved { get; init; }

    /// <summary>How rows are written, and why.</summary>
    public FillNotes Fill { get; } = new();

    /// <summary>Ledgers that batches of earlier runs had loaded.</summary>
    public long LedgersLoadedBefore { get; private set; }

    /// <summary>Complete ledgers that another program had written.</summary>
    public long LedgersFound { get; private set; }

    /// <summary>Torn ledgers that are written again.</summary>
    public long LedgersTorn { get; private set; }

    /// <summary>Ledgers that the run found missing or torn; null if the source does not tell how many it has.</summary>
    public long? LedgersToLoad { get; set; }

    /// <summary>How far the run is.</summary>
    public BackfillProgress Progress() => new(Meter.LedgersCommitted, Meter.LedgersRead, LedgersToLoad, Meter.RowsCommitted, Meter.Working);

    /// <summary>Refuses a ledger that a retention policy would drop, or switches the policy off.</summary>
    /// <exception cref="BackfillException">A policy would drop it.</exception>
    public Task CheckRetentionAsync(uint ledger, long closeTime, CancellationToken cancellationToken) => Retention.CheckAsync(
        ledger, closeTime, Options.SuspendRetention, Database, Options.LockTimeout, cancellationToken);

    /// <summary>Counts the ledgers of a range by state.</summary>
    public void CountSegments(IReadOnlyList<LedgerSegment> segments)
    {
        LedgersLoadedBefore += CountOf(LedgerState.Loaded);
        LedgersFound += CountOf(LedgerState.Found);
        LedgersTorn += CountOf(LedgerState.Torn);

        long CountOf(LedgerState state) => segments.Where(segment => segment.State == state).Sum(segment => segment.Span.Count);
    }
}
