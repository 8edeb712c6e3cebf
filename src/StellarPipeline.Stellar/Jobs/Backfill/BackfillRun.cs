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
    /// <summary>Where pages are rented.</summary>
    public PagePool Pages { get; } = new();

    /// <summary>Where live ingestion stands, which writes the ledgers after it itself; null where there is none.</summary>
    public uint? Latest { get; init; }

    /// <summary>Policies that would drop what is loaded.</summary>
    public required RetentionGuard Retention { get; init; }

    /// <summary>What a first reading of a file proved by a trusted hash; null where there was none.</summary>
    public StreamProof? Proved { get; init; }

    /// <summary>How rows come into the tables, and why so.</summary>
    public FillNotes Fill { get; } = new();

    /// <summary>Ledgers that batches had loaded before.</summary>
    public long LedgersLoadedBefore { get; private set; }

    /// <summary>Ledgers that another program had written, whole.</summary>
    public long LedgersFound { get; private set; }

    /// <summary>Torn ledgers that are written again.</summary>
    public long LedgersTorn { get; private set; }

    /// <summary>Ledgers that the run found missing or torn; null where the source does not tell how many it has.</summary>
    public long? LedgersToLoad { get; set; }

    /// <summary>Where the run is.</summary>
    public BackfillProgress Progress() => new(Meter.LedgersCommitted, Meter.LedgersRead, LedgersToLoad, Meter.RowsCommitted, Meter.Working);

    /// <summary>Refuses a ledger that retention would drop, or switches that off.</summary>
    /// <exception cref="BackfillException">It would drop it.</exception>
    public Task CheckRetentionAsync(uint ledger, long closeTime, CancellationToken cancellationToken) => Retention.CheckAsync(
        ledger, closeTime, Options.SuspendRetention, Database, Options.LockTimeout, cancellationToken);

    /// <summary>Counts what was found of a range.</summary>
    public void CountSegments(IReadOnlyList<LedgerSegment> segments)
    {
        LedgersLoadedBefore += CountOf(LedgerState.Loaded);
        LedgersFound += CountOf(LedgerState.Found);
        LedgersTorn += CountOf(LedgerState.Torn);

        long CountOf(LedgerState state) => segments.Where(segment => segment.State == state).Sum(segment => segment.Span.Count);
    }
}
