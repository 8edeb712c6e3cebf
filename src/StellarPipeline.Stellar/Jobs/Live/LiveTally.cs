using Microsoft.Extensions.Logging;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>What a run has stored, for its report, its log, its metrics and whoever asks meanwhile.</summary>
/// <remarks>Counted by one caller at a time; <see cref="Status"/> may be read by any.</remarks>
/// <param name="logger">Told of each transaction.</param>
/// <param name="tip">How far the tip is.</param>
internal sealed class LiveTally(ILogger logger, TipDistance tip)
{
    private long ledgers;
    private long transactions;
    private long operations;
    private long commits;
    private uint? first;
    private volatile LiveStatus status = new(null, null, null, null, IsStandingBy: true);

    /// <summary>The last ledger that was stored; null for none.</summary>
    public uint? Last { get; private set; }

    /// <summary>How far the run is.</summary>
    public LiveStatus Status => status;

    /// <summary>The lock is held, and the tables were looked at.</summary>
    public void Begin(uint latest) => status = status with { Latest = latest, IsStandingBy = false };

    /// <summary>Counts what was stored.</summary>
    /// <param name="group">The ledgers of a transaction.</param>
    /// <param name="report">What was done; null where an attempt had done it whose COMMIT was not answered.</param>
    public void Count(IReadOnlyList<LedgerWork> group, CommitReport? report)
    {
        first ??= group[0].Facts.Ledger;
        Last = group[^1].Facts.Ledger;
        ledgers += group.Count;
        commits++;
        transactions += group.Sum(static ledger => (long)ledger.Facts.TransactionHashes.Count);
        operations += group.Sum(static ledger => (long)ledger.Facts.Operations);
        tip.Stored(group[^1].Facts);
        double behind = tip.Of(group[^1].Facts);
        status = new LiveStatus(Last, report?.Oldest ?? status.Oldest, group[^1].Facts.ClosedAt, behind, IsStandingBy: false);
        if (report is null)
        {
            StellarLog.LiveFoundOut(logger, group[0].Facts.Ledger, Last.Value);
            return;
        }

        StellarTelemetry.CountLive(report, status);
        StellarLog.LiveStored(logger, report.First, report.Last, report.Transactions, report.Operations, report.Describe());
    }

    /// <summary>The report of the run.</summary>
    public LiveReport Report(TimeSpan elapsed) => new(first, Last, ledgers, transactions, operations, commits, elapsed);
}
